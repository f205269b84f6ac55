"""What scopes.json and methods.json say, and the params that follow from them: those that fit, and those that do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCOPES = json.loads((HERE / "scopes.json").read_text())
METHODS = json.loads((HERE / "methods.json").read_text())


@dataclass(frozen=True)
class Row:
    """A method, with its row in either file."""

    name: str
    scope: str
    spec: dict

    @property
    def is_for_nodes(self) -> bool:
        return self.scope == "node"

    @property
    def required(self) -> list[str]:
        return [key for key in self.spec["params"] if not key.endswith("?")]

    def bad(self) -> Iterator[tuple[str, dict]]:
        """What the answer has to name, and params that are wrong in that one place."""
        good = self.spec["good"]
        for key in self.required:
            yield key, {name: value for name, value in good.items() if name != key}
        for key, kind in self.spec["params"].items():
            for value in misfits(kind):
                yield key.rstrip("?"), {**good, key.rstrip("?"): value}
        if not self.spec.get("open"):
            yield "surprise", {**good, "surprise": 1}


def misfits(kind: str) -> list[object]:
    """Values that are not of the kind, the nearest first."""
    if kind == "any":
        return []
    if kind.startswith("int"):
        low, _, high = kind.removeprefix("int").strip().partition("..")
        return [*([int(low) - 1] if low else []), *([int(high) + 1] if high else []), "1", 1.5, True]
    return {"str": [7, {}], "num": ["1", True], "bool": ["true", 1], "[str]": ["text", [7]], "{}": ["text", []]}.get(kind, ["no such choice", 7])


def scope_of(method: str) -> str | None:
    """By its name, or by a row that ends in a star."""
    rows = SCOPES["methods"]
    if method in rows:
        return rows[method]["scope"]
    return next((row["scope"] for name, row in rows.items() if name.endswith("*") and method.startswith(name[:-1])), None)
