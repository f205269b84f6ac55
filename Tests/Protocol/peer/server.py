"""The small gateway: handshake, a few methods, pairing, presence, shutdown. `flaws` are the mistakes it is to make."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import uuid

from .admission import Admitted, Refusal, Settings, admit
from .link import LIMIT, Gone, Link

HANDSHAKE_SECONDS = 15
ADMIN_ONLY = {"set-heartbeats", "config.patch", "system-event"}
PAIRING_ONLY = {"device.pair.list", "device.pair.approve", "device.pair.reject"}
PRESENCE = {"ts": 1_700_000_000_000, "mode": "gateway", "reason": "self",
            "text": "Gateway: host (127.0.0.1) · app 1 · mode gateway · reason self"}


def error(code: str, message: str, details: dict) -> dict:
    return {"code": code, "message": message, **({"details": details} if details else {})}


class Session:
    """One connection, from the challenge to its end."""

    def __init__(self, server: Server, link: Link) -> None:
        self.server, self.link = server, link
        self.admitted: Admitted | None = None
        self.seq = 0

    def run(self) -> None:
        nonce = str(uuid.uuid4())
        challenge = {"type": "event", "event": "connect.challenge", "payload": {"nonce": nonce, "ts": now()}}
        if "challenge-with-seq" in self.flaws:
            challenge["seq"] = 1
        if "no-challenge" not in self.flaws:
            self.link.send(challenge)
        request = self.request()
        if request is None or request.get("type") != "req" or not request.get("id") or not request.get("method"):
            self.link.close(1008, "invalid request frame")
        try:
            if request["method"] != "connect":
                raise Refusal("INVALID_REQUEST", "invalid handshake: first request must be connect")
            self.admitted = admit(request.get("params"), nonce, self.link.fields, self.server.settings, self.server.tokens)
            self.server.pair(self.admitted)
        except Refusal as refusal:
            self.answer(request["id"], problem=refusal)
            code = 1000 if "wrong-close-code" in self.flaws else refusal.close
            self.link.close(code, "" if "no-close-reason" in self.flaws else refusal.reason or refusal.message)
        self.link.limit = LIMIT
        self.link.socket.settimeout(None)
        with self.server.lock:
            self.answer(request["id"], payload=self.server.hello(self))
            self.server.sessions.append(self)
        while True:
            self.handle(self.link.receive())

    @property
    def flaws(self) -> set[str]:
        return self.server.flaws

    def request(self) -> dict | None:
        try:
            found = json.loads(self.link.receive())
        except ValueError:
            self.link.close(1000)
        return found if isinstance(found, dict) else None

    def handle(self, data: bytes) -> None:
        try:
            frame = json.loads(data)
        except ValueError:
            return
        if isinstance(frame, dict) and frame.get("type") == "cancel":
            return
        known = {"type", "id", "method", "params", "traceparent"}
        number = frame.get("id") if isinstance(frame, dict) else None
        if not isinstance(number, str) or not number:
            return self.answer("invalid", problem=Refusal("INVALID_REQUEST", "invalid request frame: at root: must be a request"))
        if not frame.get("method") or set(frame) - known:
            return self.answer(number, problem=Refusal("INVALID_REQUEST", "invalid request frame: at root: must be a request"))
        try:
            self.answer(number, payload=self.server.call(self, frame["method"], frame.get("params", {})))
        except Refusal as refusal:
            self.answer(number, problem=refusal)

    def answer(self, number: str, payload: object = None, problem: Refusal | None = None) -> None:
        frame: dict = {"type": "res", "id": number, "ok": problem is None}
        if problem:
            details = dict(problem.details or {})
            if "no-details-code" in self.flaws:
                details.pop("code", None)
            frame["error"] = error(problem.code, problem.message, details)
            if "null-payload" in self.flaws:
                frame["error"]["details"] = None
        else:
            frame["payload"] = payload
            if "null-error" in self.flaws:
                frame["error"] = None
        if "extra-key" in self.flaws:
            frame["ts"] = now()
        self.link.send(frame, 2 if "sends-binary" in self.flaws else 1)

    def event(self, name: str, payload: object, version: dict | None = None) -> None:
        self.seq += 2 if "seq-gap" in self.flaws else 1
        frame = {"type": "event", "event": name, "payload": payload, "seq": self.seq}
        if version:
            frame["stateVersion"] = {"presence": 1} if "half-version" in self.flaws else version
        self.link.send(frame)


class Server:
    """Listens on a free port of loopback until it is stopped."""

    def __init__(self, settings: Settings, flaws: set[str]) -> None:
        self.settings, self.flaws = settings, flaws
        self.sessions: list[Session] = []
        self.tokens: dict[str, str] = {}
        self.paired: dict[str, list[str]] = {}
        self.pending: dict[str, Admitted] = {}
        self.presence = [PRESENCE]
        # Whoever has hello-ok is told what happens from then on.
        self.lock = threading.RLock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(HANDSHAKE_SECONDS)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        session = None
        with accepted:
            try:
                link = Link(accepted)
                if link.fields.get("origin", "").removeprefix("http://") not in ("", f"127.0.0.1:{self.port}"):
                    link.refuse(403)
                link.accept()
                session = Session(self, link)
                session.run()
            except Gone:
                pass
        if session in self.sessions:
            self.sessions.remove(session)

    def stop(self) -> None:
        """R10: the event, then the close."""
        # Wakes the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            sessions = list(self.sessions)
        for session in sessions:
            try:
                if "silent-shutdown" not in self.flaws:
                    session.event("shutdown", {"reason": "stopped"})
                session.link.close(1012, "service restart")
            except Gone:
                continue

    def pair(self, admitted: Admitted) -> None:
        if not admitted.device:
            return
        known = self.paired.get(admitted.device)
        reason = "not-paired" if known is None else "scope-upgrade" if set(admitted.scopes) - set(known) else ""
        if not reason:
            return
        details = {"deviceId": admitted.device, "publicKey": admitted.key, "requestId": str(uuid.uuid4())}
        if (known is None and admitted.by_secret) or "approves-all" in self.flaws:
            self.paired[admitted.device] = admitted.scopes
            return self.tell("device.pair.resolved", {
                "requestId": details["requestId"], "deviceId": admitted.device, "decision": "approved", "ts": now()})
        self.pending[details["requestId"]] = admitted
        self.tell("device.pair.requested", {**details, "ts": now()})
        message = "pairing required: device is not approved yet"
        raise Refusal("NOT_PAIRED", message, {
            **details, "code": "PAIRING_REQUIRED", "reason": reason, "remediationHint": "approve it",
            "requestedRole": admitted.role, "requestedScopes": admitted.scopes},
            reason=f"{message} (requestId: {details['requestId']})")

    def tell(self, name: str, payload: dict) -> None:
        with self.lock:
            sessions = list(self.sessions)
        for session in sessions:
            scopes = session.admitted.scopes
            if "tells-everyone" in self.flaws or {"operator.admin", "operator.pairing"} & set(scopes):
                session.event(name, payload)

    def hello(self, session: Session) -> dict:
        admitted = session.admitted
        auth: dict = {"role": admitted.role, "scopes": admitted.scopes}
        if admitted.device:
            auth["deviceToken"] = f"device-token-{uuid.uuid4()}"
            self.tokens[auth["deviceToken"]] = admitted.device
        hello = {
            "type": "hello-ok", "protocol": admitted.protocol, "server": {"version": "1", "connId": str(uuid.uuid4())},
            "features": {"methods": ["health"], "events": ["tick"]}, "auth": auth,
            "snapshot": {"presence": self.presence, "health": {}, "stateVersion": {"presence": 1, "health": 1}, "uptimeMs": 1},
            "policy": {"maxPayload": LIMIT, "maxBufferedBytes": 8_388_608, "tickIntervalMs": 30_000},
        }
        if "odd-hello" in self.flaws:
            hello["server"]["hostname"] = "x"
        if "fixed-protocol" in self.flaws:
            hello["protocol"] = 3
        if "no-hello-auth" in self.flaws:
            del hello["auth"]
        return hello

    def call(self, session: Session, method: str, params: dict) -> object:
        scopes = set(session.admitted.scopes)
        needed = {**dict.fromkeys(ADMIN_ONLY, "operator.admin"), **dict.fromkeys(PAIRING_ONLY, "operator.pairing"),
                  "status": "operator.read"}.get(method)
        if needed and needed not in scopes and "operator.admin" not in scopes and "no-scopes" not in self.flaws:
            raise Refusal("FORBIDDEN", f"missing scope: {needed}", {
                "code": "MISSING_SCOPE", "missingScope": needed, "requiredScopes": [needed]})
        if method == "connect":
            raise Refusal("INVALID_REQUEST", "connect is only valid as the first request")
        if method == "set-heartbeats":
            if "enabled" not in params:
                raise Refusal("INVALID_REQUEST", "invalid set-heartbeats params: at root: must have required property 'enabled'")
            return {"ok": True, "enabled": params["enabled"]}
        if method == "logs.tail":
            raise Refusal("INVALID_REQUEST", f"invalid logs.tail params: at /{list(params)[-1]}: is wrong")
        if method == "gateway.identity.get":
            return {"deviceId": "0" * 64, "publicKey": "A" * 43}
        if method == "system-presence":
            return self.presence
        if method == "system-event":
            self.presence = [PRESENCE, {"ts": now(), **{key: params[key] for key in ("text", "host", "mode")}}]
            session.event("presence", {"presence": self.presence}, {"presence": 2, "health": 1})
            return {"ok": True}
        if method == "device.pair.list":
            return {"pending": [{"requestId": request, "deviceId": asked.device, "publicKey": asked.key, "ts": now()}
                                for request, asked in self.pending.items()], "paired": []}
        if method == "device.pair.approve":
            return self.approve(session, params["requestId"])
        raise Refusal("INVALID_REQUEST", f"unknown method: {method}")

    def approve(self, session: Session, request: str) -> dict:
        if request not in self.pending:
            raise Refusal("INVALID_REQUEST", "unknown requestId")
        asked = self.pending[request]
        if "operator.admin" in set(asked.scopes) - set(session.admitted.scopes):
            raise Refusal("FORBIDDEN", "missing scope: operator.admin", {
                "code": "MISSING_SCOPE", "missingScope": "operator.admin", "requiredScopes": ["operator.admin"]})
        del self.pending[request]
        self.paired[asked.device] = [*self.paired.get(asked.device, []), *asked.scopes]
        self.tell("device.pair.resolved", {"requestId": request, "deviceId": asked.device, "decision": "approved", "ts": now()})
        return {"requestId": request, "device": {"deviceId": asked.device}}


def now() -> int:
    return int(time.time() * 1000)
