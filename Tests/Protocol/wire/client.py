"""A client for tests that are no transcripts: connects, calls, collects events. Every frame is held to `strict`."""

from __future__ import annotations

import base64
import itertools
import json
import time
from dataclasses import dataclass

from . import strict
from .identity import Device, signing_payload
from .websocket import PATIENCE, NothingCame, WebSocket

ADMIN = ("operator.admin", "operator.approvals", "operator.pairing")


@dataclass(eq=False)
class RemoteError(Exception):
    """An answer with ok:false."""

    code: str
    message: str
    details: dict

    def __str__(self) -> str:
        return f"{self.code}: {self.message} {self.details}"


class Client:
    """One connection, past its challenge."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.events: list[dict] = []
        self.hello: dict = {}
        self._ids = itertools.count(1)
        self._answers: dict[str, dict] = {}
        self.challenge = self.event("connect.challenge")["payload"]

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.socket.close()

    def connect(
        self, auth: dict | None, device: Device | None = None, scopes: tuple[str, ...] | None = ADMIN, protocol: int = 3,
        role: str = "operator", client: dict | None = None, sign: str = "v2", **more: object,
    ) -> dict:
        """The payload of hello-ok; RemoteError otherwise."""
        self.hello = self.call("connect", connect_params(
            self.challenge, auth, device, scopes, protocol, role, client, sign, **more))
        return self.hello

    def call(self, method: str, params: object = None, within: float = PATIENCE) -> object:
        return self.result(self.request(method, params), within)

    def request(self, method: str, params: object = None) -> str:
        """Sends, and gives the id to wait for."""
        number = str(next(self._ids))
        frame = {"type": "req", "id": number, "method": method}
        if params is not None:
            frame["params"] = params
        self.socket.send(json.dumps(frame))
        return number

    def result(self, number: str, within: float = PATIENCE) -> object:
        end = time.monotonic() + within
        while number not in self._answers:
            self._take(end)
        answer = self._answers.pop(number)
        if answer["ok"]:
            return answer.get("payload")
        error = answer["error"]
        raise RemoteError(error["code"], error["message"], error.get("details") or {})

    def event(self, name: str, within: float = PATIENCE) -> dict:
        """The oldest event of that name that nobody has taken yet."""
        end = time.monotonic() + within
        while True:
            for frame in self.events:
                if frame["event"] == name:
                    self.events.remove(frame)
                    return frame
            self._take(end)

    def has(self, name: str) -> bool:
        """Whether such an event has come up to now; an answer to a request stands behind all of them."""
        try:
            self.call("no.such.method")
        except RemoteError:
            pass
        return any(frame["event"] == name for frame in self.events)

    def _take(self, end: float) -> None:
        left = end - time.monotonic()
        if left <= 0:
            raise NothingCame("nothing came in time")
        frame = strict.frame(self.socket.receive(left))
        if frame["type"] == "res":
            self._answers[frame["id"]] = frame
        else:
            self.events.append(frame)


def connect_params(
    challenge: dict, auth: dict | None, device: Device | None = None, scopes: tuple[str, ...] | None = ADMIN,
    protocol: int = 3, role: str = "operator", client: dict | None = None, sign: str = "v2", **more: object,
) -> dict:
    params: dict = {
        "minProtocol": protocol, "maxProtocol": protocol, "role": role,
        "client": client or {"id": "gateway-client", "version": "1.0.0", "platform": "linux", "mode": "backend"}, **more,
    }
    if auth is not None:
        params["auth"] = auth
    if scopes is not None:
        params["scopes"] = list(scopes)
    if device:
        signed_at, nonce = challenge["ts"], challenge["nonce"]
        signature = device.signed(signing_payload(sign, device.id, params, signed_at, nonce))
        params["device"] = {
            "id": device.id, "publicKey": device.public_key, "signedAt": signed_at, "nonce": nonce,
            "signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode(),
        }
    return params
