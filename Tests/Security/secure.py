"""What the tests of the security record share: raw HTTP heads, and ways to be refused."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Protocol"))
from wire.client import Client, RemoteError  # noqa: E402, F401
from wire.gateway import FORWARDED, Finished, Gateway, GatewayTest, until  # noqa: E402, F401
from wire.identity import Device  # noqa: E402, F401
from wire.websocket import Closed, NothingCame, Refused, WebSocket, WireError  # noqa: E402, F401

#: Asks for a token and gives nothing away without one.
GUARDED = "/api/diagnostics/prometheus"
EXIT_CONFIG = 78


def raw_status(gateway: Gateway, head: str) -> int:
    """The status of the answer to a head as it stands, sent to the gateway; 0 when it closed without a word."""
    with socket.create_connection(gateway.address, timeout=15) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        answer = b""
        while b"\r\n" not in answer:
            part = connection.recv(4096)
            if not part:
                return 0
            answer += part
    return int(answer.split(b" ")[1])


class SecurityTest(GatewayTest):
    """A gateway test with the questions that this record asks again and again."""

    def error(self, connection: Client, auth: dict | None, device: Device | None = None, **options: object) -> RemoteError:
        """The refusal of a connect that must not succeed."""
        try:
            hello = connection.connect(auth, device, **options)
        except RemoteError as error:
            return error
        raise AssertionError(f"it was let in: {hello['auth']}")

    def code(self, error: RemoteError) -> str:
        return str(error.details.get("code", error.code))

    def closed(self, client: Client) -> Closed:
        try:
            while True:
                client.socket.receive()
        except Closed as closed:
            return closed

    def upgrade_status(self, gateway: Gateway, fields: dict) -> int:
        """101, or what the upgrade was answered with."""
        try:
            self.socket(gateway, fields=fields)
        except Refused as refused:
            return refused.status
        return 101

    def is_locked(self, gateway: Gateway, fields: dict | None = None) -> bool:
        """Whether even the right token is refused now."""
        client = self.client(gateway, fields)
        try:
            client.connect({"token": self.token})
        except RemoteError as error:
            self.assertEqual(self.code(error), "AUTH_RATE_LIMITED", error)
            return True
        return False

    def wrong(self, gateway: Gateway, number: int, fields: dict | None = None, auth: dict | None = None) -> RemoteError:
        """One attempt with a wrong credential that differs from every other."""
        return self.error(self.client(gateway, fields), auth or {"token": f"wrong-credential-{number}"})
