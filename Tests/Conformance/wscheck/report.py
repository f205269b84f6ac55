"""What a person reads after a run, and the same as JSON."""

from __future__ import annotations

import json
from collections import Counter

from .case import FAILED, INFORMATIONAL, NON_STRICT, OK, UNIMPLEMENTED, Case, Result

PASSED = (OK, INFORMATIONAL)


def line(result: Result) -> str:
    case = result.case
    tail = f": {result.reason}" if result.reason else ""
    notes = f" ({'; '.join(result.notes)})" if result.notes else ""
    return f"{case.id:<8} {result.verdict:<13} {result.took:6.2f} s  {case.about}{tail}{notes}"


def sections(results: list[Result]) -> list[str]:
    lines = []
    for section in dict.fromkeys(result.case.section for result in results):
        members = [result for result in results if result.case.section == section]
        counts = Counter(result.verdict for result in members)
        spent = sum(result.took for result in members)
        words = ", ".join(
            f"{counts[verdict]} {verdict}"
            for verdict in (OK, INFORMATIONAL, UNIMPLEMENTED, NON_STRICT, FAILED)
            if counts[verdict]
        )
        lines.append(f"section {section:<3} {len(members):4} cases, {spent:6.1f} s in all: {words}")
    return lines


def summary(results: list[Result]) -> str:
    counts = Counter(result.verdict for result in results)
    passed = sum(counts[verdict] for verdict in PASSED)
    text = f"{passed} passed, {counts[FAILED]} failed, {counts[NON_STRICT]} non-strict"
    return text + (f", {counts[UNIMPLEMENTED]} unimplemented" if counts[UNIMPLEMENTED] else "")


def as_json(results: list[Result], **about: object) -> str:
    rows = [
        {
            "id": result.case.id,
            "verdict": result.verdict,
            "about": result.case.about,
            "wanted": result.case.wanted,
            "reason": result.reason,
            "notes": result.notes,
            "seconds": round(result.took, 3),
            "closeCode": result.close_code,
        }
        for result in results
    ]
    return json.dumps({**about, "summary": summary(results), "cases": rows}, indent=1, ensure_ascii=False) + "\n"


def listing(cases: list[Case]) -> str:
    return "\n".join(f"{case.id:<8} {case.about}\n         -> {case.wanted}" for case in cases)
