"""A gateway behind a real sshd, on loopback with keys and a configuration of its own (mission R11, M6; issue 3)."""

import json
import os
import shutil
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from wire.client import Client, RemoteError
from wire.gateway import Gateway, GatewayTest, until
from wire.websocket import WebSocket

# sshd has to be started by its whole path, since it starts itself again.
SSHD = "/usr/sbin/sshd"
SEVERAL = "multiple reachable gateway identities detected"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Tunnel(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        if not Path(SSHD).exists():
            self.fail("openssh-server is needed")
        self.directory = self.scratch("ssh")
        self.directory.mkdir(mode=0o700)
        for name in ("host", "id"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / name)], check=True)
        self.sshd_port = free_port()
        self.start_sshd()
        self.gateway = self.begin()

    def start_sshd(self) -> None:
        # A user may lack the right; sshd then says so itself.
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        where = self.directory
        shutil.copy(where / "id.pub", where / "authorized")
        host_key = " ".join((where / "host.pub").read_text().split()[:2])
        (where / "known").write_text(f"[127.0.0.1]:{self.sshd_port} {host_key}\n")
        (where / "sshd_config").write_text("".join(f"{line}\n" for line in (
            "ListenAddress 127.0.0.1", f"Port {self.sshd_port}", f"HostKey {where}/host", f"AuthorizedKeysFile {where}/authorized",
            f"PidFile {where}/sshd.pid", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "PermitRootLogin prohibit-password", "UsePAM no", "StrictModes no", "UseDNS no", "AllowTcpForwarding yes")))
        self.spawn([SSHD, "-D", "-e", "-f", f"{where}/sshd_config"], "sshd")
        until(lambda: answers(self.sshd_port), "sshd listens")

    def spawn(self, arguments: list[str], name: str) -> subprocess.Popen[bytes]:
        log = self.directory / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.directory)

        def end() -> None:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()

        self.addCleanup(end)
        return process

    def tunnel(self, gateway: Gateway) -> int:
        """The near port of a tunnel whose far end is the gateway."""
        near, (host, port) = free_port(), gateway.address
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        self.spawn([
            "ssh", "-F", "none", "-N", "-p", str(self.sshd_port), "-i", str(self.directory / "id"), "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={self.directory}/known", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes",
            "-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{near}:{host}:{port}", f"{user}@127.0.0.1"], f"ssh-{near}")
        until(lambda: answers(near), "the tunnel is open")
        return near

    def probe(self, *urls: str) -> tuple[int, dict, str]:
        """`gateway probe` finds the local gateway by itself; each URL is one more target."""
        # A token of the configuration or the environment is never sent to an address that was typed.
        targets = [word for url in urls for word in ("--url", url)] + ["--token", "env:OPENCLAW_GATEWAY_TOKEN"]
        env = {"OPENCLAW_GATEWAY_TOKEN": self.token, "OPENCLAW_GATEWAY_PORT": str(self.gateway.address[1])}
        finished = self.run_to_end("gateway", "probe", "--json", *targets, env=env)
        text = self.run_to_end("gateway", "probe", *targets, env=env)
        return finished.code, json.loads(finished.output), text.output + text.error

    def test_a_tunnel_does_not_bypass_authentication(self) -> None:
        near = self.tunnel(self.gateway)
        with Client(WebSocket(("127.0.0.1", near))) as client, self.assertRaises(RemoteError) as refusal:
            client.connect({}, self.device())
        self.assertEqual(refusal.exception.details["code"], "AUTH_TOKEN_MISSING")
        with Client(WebSocket(("127.0.0.1", near))) as client, self.assertRaises(RemoteError) as refusal:
            client.connect({})
        self.assertEqual(refusal.exception.details["code"], "DEVICE_IDENTITY_REQUIRED")
        with Client(WebSocket(("127.0.0.1", near))) as client:
            self.assertEqual(client.connect({"token": self.token})["type"], "hello-ok")

    def test_the_command_line_without_the_token_is_refused_through_it(self) -> None:
        near = self.tunnel(self.gateway)
        elsewhere = self.scratch("elsewhere")
        elsewhere.mkdir()
        finished = self.run_to_end("gateway", "call", "health", "--url", f"ws://127.0.0.1:{near}", env={"HOME": str(elsewhere)})
        self.assertEqual(finished.code, 4, finished.error)
        self.assertIn("unauthorized", finished.error + finished.output)

    def test_one_gateway_two_ways(self) -> None:
        near = self.tunnel(self.gateway)
        code, found, text = self.probe(f"ws://127.0.0.1:{near}")
        self.assertEqual(code, 0, text)
        self.assertNotIn(SEVERAL, text + json.dumps(found))
        # One gateway, and both ways to it.
        self.assertIn(str(near), text)
        self.assertIn(str(self.gateway.address[1]), text)
        self.assertRegex(text, r"(?i)(one|1) gateway|same gateway")

    def test_a_second_gateway_is_named_as_one(self) -> None:
        port = free_port()
        config = self.home / ".openclaw-ops/openclaw.json"
        config.parent.mkdir(mode=0o700)
        config.touch(mode=0o600)
        config.write_text(json.dumps(self.config()))
        second = self.launch(("--profile", "ops", "gateway", "run", "--port", str(port)))
        self.gateways.append(second)
        near = self.tunnel(second)
        code, found, text = self.probe(f"ws://127.0.0.1:{near}")
        self.assertIn(SEVERAL, text)
        self.assertIn(SEVERAL, json.dumps(found))


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    unittest.main()
