"""Reads transcripts: what is sent and what has to come, one step a line, each with its row of the reference.

  let NAME JSON                   a fragment, taken up by {"<<": "NAME", ...}; keys written beside it win
  == TITLE | 3 4                  a scenario, played once for each generation named; ${g} is the number
  gateway JSON                    merged into the gateway's configuration
  device NAME                     a fresh key, ${NAME.id} and ${NAME.publicKey}
  CONN open PATH [JSON fields]    a WebSocket; CONN is a word
  CONN > JSON                     sends a text frame;  >b as binary;  >x10 ten times;  >t TEXT as it stands;  >pad N JSON in N bytes
  CONN < JSON                     the next frame; tick, health and presence events pass by unless they are what is expected;
                                  <x10 ten of them
  CONN <slow JSON                 the same, for what comes by the minute
  CONN << [JSON, ...]             the next frames in any order
  CONN <* JSON                    any number of such frames, up to the close
  CONN quiet                      a request is answered and nothing else came before
  CONN closed CODE JSON           the close frame; JSON matches the reason
  CONN refused STATUS             the upgrade of an `open?` was answered with that status
  CONN shut                       the client closes
  stop                            the gateway gets SIGTERM

A line that begins with a blank goes on with the one above. ` @@ ROW` at the end of a step names its row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MARK = " @@ "
VARIABLE = re.compile(r"\$\{([\w.]+)\}")
NEEDS_ROW = {"<", "<x10", "<slow", "<<", "<*", "closed", "refused", "quiet"}


class BadScript(Exception):
    """The transcript itself cannot be read."""


@dataclass(frozen=True)
class Step:
    line: int
    subject: str
    verb: str
    rest: str
    row: str


@dataclass
class Scenario:
    file: str
    title: str
    generations: list[int]
    fragments: dict[str, object]
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> list[Scenario]:
    scenarios: list[Scenario] = []
    fragments: dict[str, object] = {}
    for number, line in logical_lines(path.read_text()):
        try:
            if line.startswith("let "):
                _, name, text = line.split(None, 2)
                fragments[name] = json.loads(text)
            elif line.startswith("== "):
                title, _, generations = line[3:].rpartition(" | ")
                scenarios.append(Scenario(path.name, title, [int(g) for g in generations.split()], fragments))
            else:
                scenarios[-1].steps.append(step(number, line))
        except (ValueError, IndexError) as problem:
            raise BadScript(f"{path.name}:{number}: {problem}: {line[:120]}") from None
    return scenarios


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what goes on behind them joined, without comments."""
    start, kept = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            kept += " " + line.strip()
            continue
        if kept:
            yield start, kept
        start, kept = number, line.rstrip()
    if kept:
        yield start, kept


def step(number: int, line: str) -> Step:
    body, mark, row = line.rpartition(MARK)
    if not mark:
        body, row = line, ""
    words = body.split(None, 2)
    if words[0] in ("gateway", "device", "stop"):
        subject, verb, rest = "", words[0], body[len(words[0]):].strip()
    else:
        subject, verb, rest = words[0], words[1], words[2] if len(words) > 2 else ""
    if verb in NEEDS_ROW and not row:
        raise ValueError("the step names no row")
    return Step(number, subject, verb, rest, row)


def filled(value: object, fragments: dict[str, object], names: dict[str, object]) -> object:
    """With fragments taken up and ${names} replaced. A string that is one name alone becomes its value, of any type."""
    if isinstance(value, str):
        if whole := VARIABLE.fullmatch(value):
            return named(whole[1], names)
        return VARIABLE.sub(lambda found: str(named(found[1], names)), value)
    if isinstance(value, list):
        return [filled(item, fragments, names) for item in value]
    if isinstance(value, dict):
        base = filled(fragments[value["<<"]], fragments, names) if "<<" in value else {}
        return {**base, **{key: filled(item, fragments, names) for key, item in value.items() if key != "<<"}}
    return value


def named(name: str, names: dict[str, object]) -> object:
    if name not in names:
        raise BadScript(f"nothing is named {name}")
    return names[name]


def merged(base: dict, over: dict) -> dict:
    """RFC 7396, null removes."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
