"""Plays a scenario against a server and fails at the first frame that is not the one of the transcript."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

from . import strict
from .identity import Device, signing_payload
from .match import Mismatch, match, matches
from .script import Scenario, Step, filled
from .websocket import Closed, NothingCame, Refused, WebSocket, WireError

#: Sent whenever the server sees fit (sections 1 and 3.4), so between any two frames of a transcript.
BACKGROUND = {"tick", "health", "presence"}
#: Section 0 rule 9: targeted events have no seq; these are the ones a client of the first hour meets.
TARGETED = {"connect.challenge", "node.invoke.request", "node.invoke.cancel", "voicewake.changed"}
#: Longer than the 15 s of a handshake (section 1).
PATIENCE = 20.0
#: A tick comes each policy.tickIntervalMs, 30 s; health is refreshed every 60 s.
LONG_PATIENCE = 75.0


class TranscriptFailure(AssertionError):
    """What was to come did not."""


class Peer:
    """One connection of the transcript, with the checks that hold for every frame."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.nonce = ""
        self.challenged_at = 0
        self.seq = 0

    def next(self, within: float = PATIENCE) -> dict:
        frame = strict.frame(self.socket.receive(within))
        if frame["type"] == "event":
            self._event(frame)
        return frame

    def _event(self, frame: dict) -> None:
        name = frame["event"]
        if name == "connect.challenge":
            self.nonce, self.challenged_at = frame["payload"]["nonce"], frame["payload"]["ts"]
        if name in TARGETED:
            if "seq" in frame and name != "voicewake.changed":
                raise strict.BrokenRule(f"0 rule 9: {name} has a seq")
        elif frame.get("seq") != self.seq + 1:
            raise strict.BrokenRule(f"0 rule 9: {name} has seq {frame.get('seq')} after {self.seq}")
        self.seq = frame.get("seq", self.seq)
        # Section 8: presence and health carry the version they bring.
        if name in ("presence", "health") and "stateVersion" not in frame:
            raise strict.BrokenRule(f"8 {name}: stateVersion is missing")


class Player:
    """`connect` opens a WebSocket: (path, header fields); `stop` asks the server to end."""

    def __init__(
        self, scenario: Scenario, generation: int, connect: Callable[[str, dict], WebSocket],
        stop: Callable[[], None], names: dict[str, object],
    ) -> None:
        self.scenario = scenario
        self.names: dict[str, object] = {"g": generation, **names}
        self.devices: dict[str, Device] = {}
        self._connect = connect
        self._stop = stop
        self._peers: dict[str, Peer] = {}
        self._refused: dict[str, Refused] = {}

    def play(self) -> None:
        try:
            for step in self.scenario.steps:
                self._do(step)
        finally:
            for peer in self._peers.values():
                peer.socket.socket.close()

    def _do(self, step: Step) -> None:
        verbs = {
            "gateway": self._nothing, "device": self._device, "stop": lambda step: self._stop(), "open": self._open,
            "open?": self._open_or_not, "refused": self._was_refused, ">": self._send, ">b": self._send, ">x10": self._send, ">t": self._send_text,
            ">pad": self._send_padded, "<": self._expect, "<x10": self._expect, "<slow": self._expect, "<<": self._expect_all, "<*": self._expect_any,
            "quiet": self._quiet, "closed": self._closed, "shut": self._shut,
        }
        try:
            verbs[step.verb](step)
        except (Mismatch, WireError, Closed, Refused, AssertionError) as problem:
            raise TranscriptFailure(
                f"{self.scenario.file}:{step.line} ({self.scenario.title}, protocol {self.names['g']})\n"
                f"  row {step.row or '-'}: {step.subject} {step.verb} {step.rest[:300]}\n  {problem}") from None

    def _nothing(self, step: Step) -> None:
        """The gateway is configured before the play."""

    def _device(self, step: Step) -> None:
        device = self.devices[step.rest] = Device()
        self.names |= {f"{step.rest}.id": device.id, f"{step.rest}.publicKey": device.public_key}

    def _open(self, step: Step) -> None:
        path, _, fields = step.rest.partition(" ")
        given = filled(json.loads(fields), {}, self.names) if fields.strip() else {}
        self._peers[step.subject] = Peer(self._connect(path or "/", given))

    def _open_or_not(self, step: Step) -> None:
        try:
            self._open(step)
        except Refused as refused:
            self._refused[step.subject] = refused

    def _was_refused(self, step: Step) -> None:
        if step.subject not in self._refused:
            raise Mismatch("the upgrade was accepted")
        match(int(step.rest), self._refused[step.subject].status, self.names)

    def _send(self, step: Step) -> None:
        text = json.dumps(self._request(step, step.rest), ensure_ascii=False)
        for _ in range(10 if step.verb == ">x10" else 1):
            self._peer(step).socket.send(text.encode() if step.verb == ">b" else text)

    def _send_text(self, step: Step) -> None:
        self._peer(step).socket.send(step.rest)

    def _send_padded(self, step: Step) -> None:
        """JSON may end in blanks, so any request can be given any length."""
        size, _, rest = step.rest.partition(" ")
        text = json.dumps(self._request(step, rest))
        self._peer(step).socket.send(text + " " * (int(size) - len(text)))

    def _request(self, step: Step, text: str) -> dict:
        request = filled(json.loads(text), self.scenario.fragments, self.names)
        params = request.get("params")
        if isinstance(params, dict) and "$device" in params.get("device", {}):
            params["device"] = self._proof(step, params)
        return request

    def _proof(self, step: Step, params: dict) -> dict:
        """Section 3.2, or one thing in it wrong: whatever is named beside $device replaces the right value; null
        leaves it out. `skew` and `signedNonce` are wrong before the signature, so that it is good for what is sent."""
        wanted = dict(params["device"])
        device = self.devices[wanted.pop("$device")]
        peer = self._peer(step)
        version = wanted.pop("sign", "v2" if self.names["g"] == 3 else "v3")
        signed_at = (peer.challenged_at or int(time.time() * 1000)) + wanted.pop("skew", 0)
        nonce = wanted.pop("signedNonce", peer.nonce)
        signature = device.signed(signing_payload(version, device.id, params, signed_at, nonce))
        coded = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
        if wanted.pop("encoding", "url") == "plain":
            coded = base64.b64encode(signature).decode()
        if wanted.pop("key", "raw") == "pem":
            wanted["publicKey"] = device.public_pem
        proof = {"id": device.id, "publicKey": device.public_key, "signature": coded, "signedAt": signed_at, "nonce": nonce}
        return {key: value for key, value in {**proof, **wanted}.items() if value is not None}

    def _expect(self, step: Step) -> None:
        expected = self._expectation(step)
        for _ in range(10 if step.verb == "<x10" else 1):
            compare(expected, self._next(step, [expected]), self.names)

    def _expect_all(self, step: Step) -> None:
        left = list(self._expectation(step))
        while left:
            frame = self._next(step, left)
            at = next((index for index, expected in enumerate(left) if matches(expected, frame, self.names)), None)
            if at is None:
                raise Mismatch(f"{strict.shown(frame)} is none of {strict.shown(left)}")
            del left[at]

    def _expect_any(self, step: Step) -> None:
        expected = self._expectation(step)
        peer = self._peer(step)
        try:
            while True:
                compare(expected, self._next(step, [expected]), self.names)
        except Closed as closed:
            peer.socket.receive = raising(closed)

    def _quiet(self, step: Step) -> None:
        """Whatever would have come, came before the answer to this."""
        peer = self._peer(step)
        peer.socket.send(json.dumps({"type": "req", "id": "quiet", "method": "no.such.method"}))
        frame = self._next(step, [])
        if frame.get("id") != "quiet":
            raise Mismatch(f"nothing was to come: {strict.shown(frame)}")

    def _closed(self, step: Step) -> None:
        code, _, reason = step.rest.partition(" ")
        try:
            frame = self._next(step, [])
        except Closed as closed:
            match(int(code), closed.code, self.names, "the code")
            match(filled(json.loads(reason or '""'), {}, self.names), closed.reason, self.names, "the reason")
        else:
            raise Mismatch(f"a close was to come: {strict.shown(frame)}")

    def _shut(self, step: Step) -> None:
        self._peers.pop(step.subject).socket.close()

    def _expectation(self, step: Step) -> object:
        return filled(json.loads(step.rest), self.scenario.fragments, self.names)

    def _next(self, step: Step, wanted: list) -> dict:
        """The next frame that is no background event, or is one that is wanted."""
        peer = self._peer(step)
        end = time.monotonic() + (LONG_PATIENCE if step.verb == "<slow" else PATIENCE)
        while (left := end - time.monotonic()) > 0:
            frame = peer.next(left)
            if frame.get("event") not in BACKGROUND or any(matches(one, frame, dict(self.names)) for one in wanted):
                return frame
        raise NothingCame("only events of the background came in time")

    def _peer(self, step: Step) -> Peer:
        if step.subject in self._refused:
            raise self._refused[step.subject]
        return self._peers[step.subject]


def compare(expected: object, frame: dict, names: dict[str, object]) -> None:
    try:
        match(expected, frame, names)
    except Mismatch as mismatch:
        raise Mismatch(f"{mismatch}\n  it came as {strict.shown(frame)}") from None


def raising(closed: Closed) -> Callable[..., None]:
    def receive(*_: object) -> None:
        raise closed
    return receive
