"""Real IRC servers on loopback: ngircd, and InspIRCd with the services of atheme; and a person to talk to the bot."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

DEADLINE = 60.0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(condition, what: str):
    end = time.monotonic() + DEADLINE
    while True:
        if value := condition():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {DEADLINE:g} s: {what}")
        time.sleep(0.005)


class Server:
    """One program in a directory of its own; ended by its process id."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="openclaw-irc-"))
        self.directory.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.directory / "output").open("ab") as output:
            return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=self.directory)

    @staticmethod
    def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}")
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    @staticmethod
    def end(process: subprocess.Popen[bytes] | None, how: signal.Signals = signal.SIGTERM) -> None:
        if process and process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop(self) -> None:
        self.end(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


class Ngircd(Server):
    def __init__(self, penalty: bool = False, password: str = "") -> None:
        super().__init__()
        self.port, self.secure_port = free_port(), free_port()
        self.password = password
        d = self.directory
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", d / "key.pem", "-out", d / "cert.pem",
                        "-days", "2", "-subj", "/CN=irc.test"], check=True, capture_output=True)
        limits = "MaxConnectionsIP = 0\nMaxJoins = 0\nMaxNickLength = 30\n" + ("" if penalty else "MaxPenaltyTime = 0\n")
        (self.directory / "ngircd.conf").write_text(
            f"[Global]\nName = irc.test\nInfo = test\nListen = 127.0.0.1\nPorts = {self.port}\n"
            f"{f'Password = {password}' if password else ''}\n[Limits]\n{limits}"
            f"[SSL]\nCertFile = {d}/cert.pem\nKeyFile = {d}/key.pem\nPorts = {self.secure_port}\n"
            "[Options]\nDNS = no\nIdent = no\nPAM = no\n")

    def start(self) -> None:
        self.process = self.launch("ngircd", "-n", "-f", str(self.directory / "ngircd.conf"))
        wait_for(lambda: self.listens(self.port, self.process), "ngircd listens")

    def kill(self) -> None:
        self.end(self.process, signal.SIGKILL)

    def fingerprint(self) -> str:
        der = ssl.PEM_cert_to_DER_cert((self.directory / "cert.pem").read_text())
        return hashlib.sha256(der).hexdigest()


class Inspircd(Server):
    """With services: NickServ, and SASL."""

    def __init__(self) -> None:
        super().__init__()
        self.port, self.link = free_port(), free_port()
        self.services: subprocess.Popen[bytes] | None = None
        d = self.directory
        modules = "".join(f"<module name=\"{name}\">\n" for name in (
            "cap", "ircv3", "ircv3_accounttag", "services_account", "sasl", "spanningtree"))
        (d / "i.conf").write_text(f"""
<server name="irc.test" description="test" network="TestNet" id="1TS">
<admin name="a" nick="a" email="a@irc.test">
<bind address="127.0.0.1" port="{self.port}" type="clients">
<bind address="127.0.0.1" port="{self.link}" type="servers">
<connect name="all" allow="*" timeout="30" pingfreq="2m" hardsendq="1M" softsendq="64K" recvq="64K" localmax="1000" globalmax="1000" resolvehostnames="no" useconnectban="no" fakelag="off" commandrate="100000" threshold="1000">
<pid file="{d}/i.pid"> <log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{d}/i.log">
<path configdir="{d}" datadir="{d}" logdir="{d}" runtimedir="{d}">
{modules}<sasl target="services.test" requiressl="no">
<link name="services.test" ipaddr="127.0.0.1" port="{self.link}" allowmask="127.0.0.1" sendpass="linkpw" recvpass="linkpw">
<uline server="services.test" silent="yes">
""")
        (d / "atheme.conf").write_text(f"""
loadmodule "modules/protocol/inspircd"; loadmodule "modules/backend/opensex"; loadmodule "modules/crypto/posix";
loadmodule "modules/nickserv/main"; loadmodule "modules/nickserv/register"; loadmodule "modules/nickserv/identify"; loadmodule "modules/nickserv/ghost";
loadmodule "modules/saslserv/main"; loadmodule "modules/saslserv/plain";
serverinfo {{ name = "services.test"; desc = "svc"; numeric = "00A"; recontime = 2; netname = "TestNet"; hidehostsuffix = "users";
  adminname = "a"; adminemail = "a@irc.test"; registeremail = "r@irc.test"; mta = "/bin/true"; loglevel = {{ error; info; admin; network; }};
  maxlogins = 50; maxnicks = 50; maxchans = 50; mdlimit = 30; emaillimit = 10; emailtime = 300; auth = none; casemapping = ascii; }};
uplink "irc.test" {{ host = "127.0.0.1"; port = {self.link}; send_password = "linkpw"; receive_password = "linkpw"; }};
nickserv {{ nick = "NickServ"; user = "NickServ"; host = "services.test"; real = "NickServ"; }};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "services.test"; real = "SaslServ"; }};
general {{ commit_interval = 5; }};
""")

    def start(self) -> None:
        d = str(self.directory)
        root = ["--runasroot"] if os.geteuid() == 0 else []
        self.process = self.launch("inspircd", "--nofork", *root, "--config", f"{d}/i.conf")
        wait_for(lambda: self.listens(self.port, self.process), "InspIRCd listens")
        self.services = self.launch(
            "atheme-services", "-n", "-c", f"{d}/atheme.conf", "-l", f"{d}/log", "-p", f"{d}/pid", "-D", d)
        wait_for(lambda: b"finished synching" in (self.directory / "output").read_bytes(), "the services are linked")

    def stop(self) -> None:
        self.end(self.services)
        super().stop()


class Person:
    """Somebody with an IRC client."""

    def __init__(self, port: int, nick: str, channels: tuple[str, ...] = ()) -> None:
        self.nick = nick
        self.lines: list[str] = []
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}")
        wait_for(lambda: any(" 001 " in line for line in self.lines), f"{nick} is welcome")
        for channel in channels:
            self.send(f"JOIN {channel}")
            wait_for(lambda c=channel: any(f" JOIN " in line and c in line for line in self.lines), f"{nick} joins")

    def send(self, line: str) -> None:
        self._socket.sendall(f"{line}\r\n".encode())

    def say(self, target: str, text: str) -> None:
        self.send(f"PRIVMSG {target} :{text}")

    def heard(self, source: str = "molly", target: str | None = None) -> list[str]:
        """What `source` said to us, or to `target`."""
        found = []
        for line in list(self.lines):
            prefix, _, rest = line.partition(" PRIVMSG ")
            to, _, text = rest.partition(" :")
            if rest and prefix.lstrip(":").split("!")[0] == source and to == (target or self.nick):
                found.append(text)
        return found

    def joined(self, nick: str, channel: str) -> bool:
        return any(line.startswith(f":{nick}!") and " JOIN " in line and channel in line for line in list(self.lines)) or \
            any(" 353 " in line and channel in line and nick in line.replace("@", "").split(" :")[-1].split()
                for line in list(self.lines))

    def _read(self) -> None:
        rest = b""
        try:
            while part := self._socket.recv(65536):
                rest += part
                *lines, rest = rest.split(b"\r\n")
                for line in lines:
                    text = line.decode(errors="strict")
                    if text.startswith("PING"):
                        self.send("PONG" + text[4:])
                    self.lines.append(text)
        except OSError:
            return

    def leave(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        self._thread.join()
