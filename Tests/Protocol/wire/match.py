"""Compares what came with what a transcript expects, and remembers what it names.

  "<int>" "<ms>" "<str>" "<uuid>" "<bool>" "<object>" "<array>" "<any>"   a value of that kind
  "<uuid:name>"               the same, remembered as ${name}
  "<re:...>" "<re:...:name>"  a string that the expression matches from its first to its last letter
  {"key?": X}                 key may be missing;  {"...": 1} further keys may follow
  ["<each>", X]  ["<has>", X, Y]  ["<set>", X, Y]   every element; some elements; these in any order
  {"$or": [X, Y]}             one of these
"""

from __future__ import annotations

import re
from collections.abc import Callable

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MARKER = re.compile(r"<(?P<kind>int|ms|str|uuid|bool|object|array|any)(:(?P<name>\w+))?>")
EXPRESSION = re.compile(r"<re:(?P<text>.*?)(:(?P<name>\w+))?>", re.DOTALL)
# Section 7: "Times are ms"; a time in seconds or as text would fall below.
FIRST_MS = 1_600_000_000_000


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


KINDS: dict[str, Callable[[object], bool]] = {
    "int": is_int,
    "ms": lambda value: is_int(value) and value >= FIRST_MS,
    "str": lambda value: isinstance(value, str) and value != "",
    "uuid": lambda value: isinstance(value, str) and UUID.fullmatch(value) is not None,
    "bool": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "any": lambda value: True,
}


class Mismatch(Exception):
    """Where the two differ."""


def match(expected: object, found: object, names: dict[str, object], path: str = "") -> None:
    """Raises Mismatch, or leaves what was named in `names`."""
    if isinstance(expected, str):
        return text(expected, found, names, path)
    if isinstance(expected, dict):
        if "$or" in expected:
            return one_of(expected["$or"], found, names, path)
        return members(expected, found, names, path)
    if isinstance(expected, list):
        return elements(expected, found, names, path)
    if type(expected) is not type(found) or expected != found:
        raise Mismatch(f"{path or 'it'} is {found!r}, not {expected!r}")


def matches(expected: object, found: object, names: dict[str, object]) -> bool:
    kept = dict(names)
    try:
        match(expected, found, kept)
    except Mismatch:
        return False
    names.update(kept)
    return True


def text(expected: str, found: object, names: dict[str, object], path: str) -> None:
    if marker := MARKER.fullmatch(expected):
        fits = KINDS[marker["kind"]](found)
    elif marker := EXPRESSION.fullmatch(expected):
        fits = isinstance(found, str) and re.fullmatch(marker["text"], found, re.DOTALL) is not None
    else:
        marker, fits = None, found == expected
    if not fits:
        raise Mismatch(f"{path or 'it'} is {found!r}, not {expected!r}")
    if marker and marker["name"]:
        names[marker["name"]] = found


def one_of(choices: list, found: object, names: dict[str, object], path: str) -> None:
    if not any(matches(choice, found, names) for choice in choices):
        raise Mismatch(f"{path or 'it'} is {found!r}, none of {choices!r}")


def members(expected: dict, found: object, names: dict[str, object], path: str) -> None:
    if not isinstance(found, dict):
        raise Mismatch(f"{path or 'it'} is {found!r}, not an object")
    known = set()
    for key, value in expected.items():
        name = key.removesuffix("?")
        known.add(name)
        if key == "...":
            continue
        if name in found:
            match(value, found[name], names, f"{path}.{name}".lstrip("."))
        elif name == key:
            raise Mismatch(f"{path or 'it'} has no {name}: {sorted(found)}")
    if "..." not in expected and (more := set(found) - known):
        raise Mismatch(f"{path or 'it'} has unknown keys {sorted(more)}")


def elements(expected: list, found: object, names: dict[str, object], path: str) -> None:
    if not isinstance(found, list):
        raise Mismatch(f"{path or 'it'} is {found!r}, not an array")
    how, items = (expected[0], expected[1:]) if expected and expected[0] in ("<each>", "<has>", "<set>") else ("", expected)
    if how == "<each>":
        for index, value in enumerate(found):
            match(items[0], value, names, f"{path}[{index}]")
        return
    if how in ("", "<set>") and len(items) != len(found):
        raise Mismatch(f"{path or 'it'} has {len(found)} elements, not {len(items)}: {found!r}")
    if how == "":
        for index, (item, value) in enumerate(zip(items, found)):
            match(item, value, names, f"{path}[{index}]")
        return
    left = list(found)
    for item in items:
        at = next((index for index, value in enumerate(left) if matches(item, value, names)), None)
        if at is None:
            raise Mismatch(f"{path or 'it'} has nothing like {item!r}: {found!r}")
        del left[at]
