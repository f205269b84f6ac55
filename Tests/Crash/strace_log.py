"""Reads what strace -f -xx wrote, as a list of the beginnings and ends of system calls in the order they happened."""

import re
from dataclasses import dataclass

LINE = re.compile(r"^(\d+) +(.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
STRING = re.compile(r'^"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?$')


@dataclass
class Call:
    name: str
    arguments: list
    result: int
    # Places in the log: of the call's beginning and of its return.
    begin: int
    end: int


def split(text):
    """Arguments are separated by commas; with -xx no string holds one. Structures are not looked into."""
    return [part.strip() for part in text.split(", ")]


def string(argument):
    match = STRING.match(argument)
    if not match:
        raise ValueError(f"not a string: {argument[:60]}")
    if match.group(2):
        raise ValueError("strace cut a string short: raise -s")
    return bytes.fromhex(match.group(1).replace("\\x", ""))


def read(path):
    """All calls that returned, by the order of their beginnings."""
    open_calls = {}
    calls = []
    with open(path, encoding="ascii") as file:
        for place, line in enumerate(file):
            match = LINE.match(line.rstrip("\n"))
            if not match:
                raise ValueError(f"line {place + 1} of the recording is not understood: {line[:100]}")
            thread, text = match.groups()
            if text.startswith(("---", "+++")):
                continue
            if text.endswith("<unfinished ...>"):
                open_calls[thread] = (text[: -len("<unfinished ...>")].rstrip(), place)
                continue
            begin = place
            resumed = RESUMED.match(text)
            if resumed:
                head, begin = open_calls.pop(thread)
                text = head + (" " if head.endswith(",") else "") + resumed.group(2).lstrip()
            call = CALL.match(text)
            if not call:
                raise ValueError(f"line {place + 1} of the recording is not understood: {text[:100]}")
            if call.group(3) == "?":
                continue
            arguments = split(call.group(2))
            calls.append(Call(call.group(1), arguments, int(call.group(3)), begin, place))
    calls.sort(key=lambda call: call.begin)
    return calls
