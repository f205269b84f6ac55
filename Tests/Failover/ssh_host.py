"""A second host for tests: a real sshd on loopback that leads into a home directory of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from harness import BinaryTest, until  # noqa: E402

# sshd has to be started by its whole path, since it starts itself again.
SSHD = "/usr/sbin/sshd"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class SSHTest(BinaryTest):
    """`standby` is the home on the other host; `self.home` that of this one. The name of the other host is `standby`."""

    def setUp(self) -> None:
        super().setUp()
        if not Path(SSHD).exists():
            self.fail("openssh-server is needed")
        self.keys = self.scratch("keys")
        self.keys.mkdir(mode=0o700)
        self.standby = self.scratch("standby")
        self.standby.mkdir()
        for name in ("host", "id"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.keys / name)], check=True)
        self.ssh_port = free_port()
        self.start_sshd()
        self.write_ssh()

    def start_sshd(self) -> None:
        # A user may lack the right; sshd then says so itself.
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        keys = self.keys
        shutil.copy(keys / "id.pub", keys / "authorized")
        host_key = " ".join((keys / "host.pub").read_text().split()[:2])
        (keys / "known").write_text(f"standby {host_key}\n")
        (keys / "sshd_config").write_text("".join(f"{line}\n" for line in (
            "ListenAddress 127.0.0.1", f"Port {self.ssh_port}", f"HostKey {keys}/host",
            f"AuthorizedKeysFile {keys}/authorized", f"PidFile {keys}/sshd.pid", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "UsePAM no", "StrictModes no",
            "UseDNS no", f"SetEnv HOME={self.standby} GIT_CONFIG_NOSYSTEM=1", "LogLevel ERROR")))
        log = keys / "sshd.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", f"{keys}/sshd_config"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)

        def end() -> None:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()

        self.addCleanup(end)
        self.sshd = process
        until(lambda: answers(self.ssh_port), f"sshd listens: {log.read_text()}")

    def write_ssh(self) -> None:
        """An ssh that knows where the host of the name `standby` is, before the real one in PATH."""
        where = self.scratch("bin")
        where.mkdir()
        (self.keys / "ssh_config").write_text("".join(f"{line}\n" for line in (
            "Host standby", "  HostName 127.0.0.1", f"  Port {self.ssh_port}", f"  IdentityFile {self.keys}/id",
            "  IdentitiesOnly yes", "  HostKeyAlias standby", f"  UserKnownHostsFile {self.keys}/known",
            "  StrictHostKeyChecking yes")))
        program = where / "ssh"
        program.write_text(
            f"#!/bin/sh\nprintf '%s\\n' \"$*\" >>{shlex.quote(str(self.scratch('ssh-words')))}\n"
            f"exec /usr/bin/ssh -F {shlex.quote(str(self.keys / 'ssh_config'))} \"$@\"\n")
        program.chmod(0o755)

    @property
    def ssh_words(self) -> str:
        """Every command line that ssh was given."""
        path = self.scratch("ssh-words")
        return path.read_text() if path.exists() else ""

    @property
    def target(self) -> str:
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        return f"{user}@standby"

    def environment(self, changes: dict[str, str | None] | None = None) -> dict[str, str]:
        path = {"PATH": f"{self.scratch('bin')}:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"}
        return super().environment({**path, **(changes or {})})
