"""Passages of Docs that are generated, and the links in all pages.

    docs.py --check   fails where a passage is not current or a link leads nowhere
    docs.py --write   renews the passages
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from layers import LAYERS

ROOT = Path(__file__).resolve().parents[2]

# <!-- generated: name -->, the passage, <!-- end -->
PASSAGE = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def layers() -> str:
    """The targets that have code, lowest first."""
    rows = [
        f"| `{name}` | {layer.purpose} | {', '.join(module for module in LAYERS if module in layer.imports)} |"
        for name, layer in LAYERS.items()
        if (ROOT / "Sources" / name).exists()
    ]
    return "\n".join(["| target | what it is | may import |", "|---|---|---|", *rows])


def parts() -> str:
    rows = []
    for line in (ROOT / "Scripts/lib/parts.table").read_text().splitlines():
        if line and not line.startswith("#"):
            name, quick, _, limit, _, shows = (column.strip() for column in line.split("|"))
            rows.append(f"| `{name}` | {shows} | {'yes' if quick else ''} | {limit} |")
    return "\n".join(["| part | what it shows | quick | limit, s |", "|---|---|---|---|", *rows])


def soaks() -> str:
    listing = subprocess.run([ROOT / "Scripts/soak"], capture_output=True, text=True, check=True).stdout
    rows = [f"| `{name}` | {shows} |" for name, shows in (line.split(None, 1) for line in listing.splitlines())]
    return "\n".join(["| name | what it runs |", "|---|---|", *rows])


GENERATORS: dict[str, Callable[[], str]] = {"layers": layers, "parts": parts, "soaks": soaks}

# Made by the program: a unit test says whether they are current, and `Scripts/format --pages` renews them.
BY_TESTS = {"commands", "configuration", "protocol"}


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "Docs").rglob("*.md"))]


def renewed(text: str) -> str:
    def passage(match: re.Match[str]) -> str:
        if match["name"] in BY_TESTS:
            return match[0]
        return f"{match[1]}{GENERATORS[match['name']]()}\n{match[4]}"

    return PASSAGE.sub(passage, text)


def anchors(page: Path) -> set[str]:
    """The names that links can give to the headings of a page, as GitHub forms them."""
    headings = HEADING.findall(FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        if not aim.exists():
            yield f"{target}: no such file"
        elif anchor and aim.suffix == ".md" and anchor not in anchors(aim):
            yield f"{target}: no such heading"


def main() -> int:
    write = sys.argv[1:] == ["--write"]
    if not write and sys.argv[1:] != ["--check"]:
        print(__doc__)
        return 2
    wrong = 0
    seen: set[str] = set()
    for page in pages():
        text = page.read_text()
        name = page.relative_to(ROOT)
        seen.update(match["name"] for match in PASSAGE.finditer(text))
        if (new := renewed(text)) != text:
            if write:
                page.write_text(new)
                print(f"{name}: renewed")
            else:
                wrong += 1
                print(f"{name}: a generated passage is not current; run Scripts/format")
        for problem in broken_links(page):
            wrong += 1
            print(f"{name}: {problem}")
    for name in (GENERATORS.keys() | BY_TESTS) - seen:
        wrong += 1
        print(f"no page shows the generated passage \"{name}\"")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
