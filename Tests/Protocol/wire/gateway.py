"""The built gateway in a home of its own, configured with secrets of its own, and swept for them at the end of each test."""

from __future__ import annotations

import http.client
import secrets
import signal
import sys
from pathlib import Path

from .client import Client
from .identity import Device
from .script import merged
from .sweep import Sweep
from .websocket import WebSocket

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "BinaryTests"))
from harness import RUN, BinaryTest, Finished, Gateway, until  # noqa: E402, F401

SOCKET = "gateway.sock"
FORWARDED = {"X-Forwarded-For": "203.0.113.7"}


class GatewayTest(BinaryTest):
    """`self.token` is the gateway's; nothing that is secret may be found outside the places made for it."""

    def setUp(self) -> None:
        super().setUp()
        self.sweep = Sweep()
        self.token = self.sweep.shared("the gateway's token", secrets.token_urlsafe(24))
        self.password = self.sweep.shared("the password", secrets.token_urlsafe(24))
        self.sweep.start()
        # Runs before the scratch directory goes, since it was added later.
        self.addCleanup(self._sweep)
        self.gateways: list[Gateway] = []

    def _sweep(self) -> None:
        for gateway in self.gateways:
            if gateway.process.poll() is None:
                gateway.signal(signal.SIGTERM)
                gateway.wait()
            self.sweep.look("standard output", gateway.output.encode())
            self.sweep.look("standard error", gateway.error.encode())
        self.sweep.files(self.home)
        if hits := self.sweep.finish():
            raise AssertionError("a secret shows: " + "; ".join(hits))

    def config(self, changes: dict | None = None) -> dict:
        base = {"gateway": {"mode": "local", "auth": {"mode": "token", "token": self.token}}}
        return merged(base, changes or {})

    def begin(self, changes: dict | None = None, *arguments: str, **options: object) -> Gateway:
        """A running gateway with the test's token; `changes` are merged into its configuration."""
        self.configure(self.config(changes))
        gateway = self.start(*(arguments or RUN), **options)
        self.gateways.append(gateway)
        # Until then it answers UNAVAILABLE (section 3.3, startup).
        return gateway.ready()

    def refused_start(self, changes: dict) -> Finished:
        """A start that has to end by itself."""
        self.configure(self.config(changes))
        return self.run_to_end(*RUN)

    def device(self) -> Device:
        device = Device()
        body = "".join(device.private_pem.splitlines()[1:-1])
        self.sweep.shared("a private key", body)
        return device

    def socket(self, gateway: Gateway, path: str = "/", fields: dict | None = None, **options: object) -> WebSocket:
        socket = WebSocket(gateway.address, path, fields, **options)
        socket.taps.append(self.sweep.reply)
        self.addCleanup(socket.socket.close)
        return socket

    def client(self, gateway: Gateway, fields: dict | None = None, **options: object) -> Client:
        """Past the challenge, not connected."""
        return Client(self.socket(gateway, fields=fields, **options))

    def operator(self, gateway: Gateway, *scopes: str) -> Client:
        """Connected without a device at protocol 3, which grants what is asked."""
        client = self.client(gateway)
        client.connect({"token": self.token}, scopes=scopes or ("operator.admin", "operator.approvals", "operator.pairing"))
        return client

    def paired(self, gateway: Gateway, device: Device, *scopes: str) -> str:
        """Pairs the device silently, by direct loopback with the shared secret; gives its token."""
        with self.client(gateway) as client:
            auth = client.connect({"token": self.token}, device, scopes)["auth"]
        return self.sweep.told("a device's token", auth["deviceToken"])

    def bearer(self, token: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token if token is None else token}"}

    def fetch(
        self, gateway: Gateway, path: str, fields: dict[str, str] | None = None, method: str = "GET",
        body: bytes | None = None, source: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own. `fields` may replace Host."""
        connection = http.client.HTTPConnection(*gateway.address, timeout=15, source_address=(source, 0) if source else None)
        try:
            connection.request(method, path, body, fields or {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        self.sweep.reply(data)
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data
