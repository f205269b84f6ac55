"""The rules that every frame of the server has to keep (sections 0 and 2), whatever the transcript expects."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .websocket import Message, WireError

#: Section 2, "Frames": closed shapes. Required keys, then optional ones.
SHAPES = {
    "res": ({"type", "id", "ok"}, {"payload", "error"}),
    "event": ({"type", "event"}, {"payload", "seq", "stateVersion"}),
}
ERROR_SHAPE = ({"code", "message"}, {"details", "retryable", "retryAfterMs"})
#: Section 2, "Error codes".
ERROR_CODES = {
    "NOT_LINKED", "NOT_PAIRED", "AGENT_TIMEOUT", "INVALID_REQUEST", "UNAVAILABLE", "FORBIDDEN", "APPROVAL_NOT_FOUND",
    "AGENT_RESULT_NOT_FOUND",
}
#: Section 7 and 8: the only keys of payloads that the reference shows with null.
NULLABLE = {
    "updatedAt", "nextWakeAtMs", "phase", "updateAvailable", "paramsJSON", "decision", "abortedRunId", "session",
    "activeRunIds", "model", "value", "raw", "parsed", "resetAt", "minimum", "default",
}


class BrokenRule(WireError):
    """A frame that no client of either generation may get."""


def frame(message: Message) -> dict:
    """The frame, when it keeps every rule."""
    if not message.is_text:
        raise BrokenRule("0 rule 2: the server sends text")
    try:
        found = json.loads(message.data, object_pairs_hook=without_repeats, parse_constant=no_constant)
    except ValueError as problem:
        raise BrokenRule(f"not JSON ({problem}): {message.data[:200]!r}") from None
    check(found)
    return found


def check(found: object) -> None:
    if not isinstance(found, dict) or found.get("type") not in SHAPES:
        raise BrokenRule(f"2: neither res nor event: {shown(found)}")
    shape(found, *SHAPES[found["type"]], "2 frame")
    for key, value in found.items():
        # Section 7 gives last-heartbeat `null` for its answer; elsewhere rule 4 holds.
        if value is None and key != "payload":
            raise BrokenRule(f"0 rule 4: {key} is null in {shown(found)}")
    (response if found["type"] == "res" else event)(found)
    for path in nulls(found.get("payload"), "payload"):
        raise BrokenRule(f"0 rule 4: {path} is null in {shown(found)}")


def response(found: dict) -> None:
    if not isinstance(found["id"], str) or not found["id"] or not isinstance(found["ok"], bool):
        raise BrokenRule(f"2 Response: {shown(found)}")
    if found["ok"] == ("error" in found):
        raise BrokenRule(f"0 rule 4: error is there exactly when ok is false: {shown(found)}")
    if "error" in found:
        error(found["error"])


def error(found: object) -> None:
    if not isinstance(found, dict):
        raise BrokenRule(f"2 Error: {shown(found)}")
    shape(found, *ERROR_SHAPE, "2 error")
    if found["code"] not in ERROR_CODES:
        raise BrokenRule(f"2 Error codes: {found['code']!r}")
    if not isinstance(found["message"], str) or not found["message"]:
        raise BrokenRule(f"2 Error: message of {shown(found)}")
    if not isinstance(found.get("retryable", True), bool) or not natural(found.get("retryAfterMs", 0)):
        raise BrokenRule(f"2 Error: {shown(found)}")
    for key, value in found.items():
        if value is None:
            raise BrokenRule(f"0 rule 4: error.{key} is null")
    for path in nulls(found.get("details"), "error.details"):
        raise BrokenRule(f"0 rule 4: {path} is null in {shown(found)}")


def event(found: dict) -> None:
    if not isinstance(found["event"], str) or not found["event"]:
        raise BrokenRule(f"2 Event: {shown(found)}")
    if "seq" in found and not natural(found["seq"]):
        raise BrokenRule(f"2 Event: seq of {shown(found)}")
    if "stateVersion" in found:
        version = found["stateVersion"]
        if not isinstance(version, dict) or set(version) != {"presence", "health"} or not all(map(natural, version.values())):
            raise BrokenRule(f"0 rule 6: stateVersion of {shown(found)}")


def shape(found: dict, required: set[str], optional: set[str], what: str) -> None:
    if missing := required - set(found):
        raise BrokenRule(f"{what}: {', '.join(sorted(missing))} missing in {shown(found)}")
    if unknown := set(found) - required - optional:
        raise BrokenRule(f"0 rule 5, {what}: unknown {', '.join(sorted(unknown))} in {shown(found)}")


def nulls(value: object, path: str) -> Iterator[str]:
    """Where a payload has null although the reference does not show it there."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if child is None and key not in NULLABLE:
            yield f"{path}.{key}"
        # The user's own configuration may hold what it likes.
        if key not in ("parsed", "config", "schema"):
            yield from nulls(child, f"{path}.{key}")


def natural(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def without_repeats(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 400 else text[:400] + "..."
