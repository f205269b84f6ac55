"""Counts what passed and what did not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field


@dataclass
class Tally:
    seconds: float
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    async def count(self, name: str, step: Awaitable[None]) -> None:
        try:
            await asyncio.wait_for(step, self.seconds)
        except TimeoutError:
            self.miss(name, f"not done within {self.seconds} s")
        except Exception as error:  # the libraries have errors of their own
            self.miss(name, f"{type(error).__name__}: {error}"[:500])
        else:
            self.passed += 1

    def miss(self, name: str, reason: str) -> None:
        self.failed.append(name)
        print(f"FAILED {name}: {reason}", flush=True)

    def report(self, what: str) -> int:
        print(f"{what}: {self.passed} passed, {len(self.failed)} failed")
        return 1 if self.failed else 0


def equal(found: object, wanted: object, what: str = "") -> None:
    if found != wanted:
        raise AssertionError(f"{what or 'value'}: {found!r}, not {wanted!r}")


def true(condition: object, what: str) -> None:
    if not condition:
        raise AssertionError(what)
