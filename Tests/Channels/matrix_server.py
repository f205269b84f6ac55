"""A real homeserver: Synapse, in a directory of its own, and people who talk to the bot."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from irc_servers import DEADLINE, free_port, wait_for

LOCAL = """enable_registration: true
enable_registration_without_verification: true
suppress_key_server_warning: true
trusted_key_servers: []
federation_domain_whitelist: []
presence: {{enabled: false}}
listeners:
  - {{port: {port}, bind_addresses: ['127.0.0.1'], type: http, tls: false, x_forwarded: false, resources: [{{names: [client], compress: false}}]}}
rc_message: {{per_second: 10000, burst_count: 10000}}
rc_registration: {{per_second: 10000, burst_count: 10000}}
rc_login: {{address: {{per_second: 10000, burst_count: 10000}}, account: {{per_second: 10000, burst_count: 10000}}}}
rc_joins: {{local: {{per_second: 10000, burst_count: 10000}}}}
"""


class Synapse:
    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="openclaw-synapse-"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        d = str(self.directory)
        self._module = [sys.executable, "-m", "synapse.app.homeserver"]
        subprocess.run([*self._module, "--server-name", "hs.test", "-c", f"{d}/hs.yaml", "--generate-config",
                        "--report-stats=no", "--data-directory", f"{d}/data", "--config-directory", d],
                       check=True, capture_output=True, timeout=120, cwd=d)
        (self.directory / "local.yaml").write_text(LOCAL.format(port=self.port))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        d = str(self.directory)
        with (self.directory / "output").open("ab") as output:
            self.process = subprocess.Popen([*self._module, "-c", f"{d}/hs.yaml", "-c", f"{d}/local.yaml"],
                                            stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=d)
        wait_for(self.is_ready, "Synapse answers")

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"Synapse ended with {self.process.returncode}")
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.read() == b"OK"
        except OSError:
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self) -> None:
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def register(self, name: str, password: str = "pw") -> "Person":
        answer = Person(self, "", "").ask(
            "POST", "register", {"username": name, "password": password, "auth": {"type": "m.login.dummy"}})
        return Person(self, answer["user_id"], answer["access_token"])


class Person:
    """Somebody with an account."""

    def __init__(self, server: Synapse, id: str, token: str) -> None:
        self.server, self.id, self.token = server, id, token

    def ask(self, verb: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.server.url}/_matrix/client/v3/{path}", None if body is None else json.dumps(body).encode(), method=verb,
            headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {self.token}"} if self.token else {})})
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{verb} {path}: {error.code} {error.read().decode()}") from error

    def room(self, *invited: str, direct: bool = False, **more: Any) -> str:
        return self.ask("POST", "createRoom", {"preset": "trusted_private_chat", "invite": list(invited), "is_direct": direct,
                                               **more})["room_id"]

    def say(self, room: str, text: str, **more: Any) -> str:
        way = f"rooms/{urllib.parse.quote(room)}/send/m.room.message/{secrets.token_hex(8)}"
        return self.ask("PUT", way, {"msgtype": "m.text", "body": text, **more})["event_id"]

    def upload(self, name: str, type: str, contents: bytes) -> str:
        request = urllib.request.Request(
            f"{self.server.url}/_matrix/media/v3/upload?filename={urllib.parse.quote(name)}", contents, method="POST",
            headers={"Content-Type": type, "Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return json.loads(answer.read())["content_uri"]

    def download(self, address: str) -> bytes:
        request = urllib.request.Request(
            f"{self.server.url}/_matrix/client/v1/media/download/{address.removeprefix('mxc://')}",
            headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return answer.read()

    def members(self, room: str) -> list[str]:
        return list(self.ask("GET", f"rooms/{urllib.parse.quote(room)}/joined_members")["joined"])

    def heard(self, room: str, sender: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        place = ""
        while True:
            page = self.ask("GET", f"rooms/{urllib.parse.quote(room)}/messages?dir=b&limit=500{place}")
            found += [one for one in page["chunk"] if one["type"] == "m.room.message" and one["sender"] == sender]
            if "end" not in page:
                return found[::-1]
            place = "&from=" + urllib.parse.quote(page["end"])
