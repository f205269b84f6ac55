"""The rules of Docs/architecture.md that a compiler does not know. Each finding names file, line and rule.

    check.py ROOT sources
    check.py ROOT binary PATH
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from assets import asset_findings
from binary_rules import binary_findings
from findings import Finding
from layers import LAYERS, SYSTEM
from swift_text import code_lines

TOP_LEVEL = {"Package.swift", "Sources", "Tests", "README.md", "Docs", "Scripts", "LICENSE"}
LONGEST_FILE = 400

THREADED = ("Platform/Loop/", "Platform/Net/", "Platform/Crypto/", "Store/")
RAW_MEMORY = ("Platform/", "Store/", "Wire/WebSocket/Unmasking.swift", "Wire/Compression/Deflate.swift")
TASK_STARTERS = ("Platform/Loop/",)

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)"
)
# After a colon or an arrow, `Task<...> {` is a type and the body that follows it.
PLAIN_TASK = re.compile(
    r"\bTask\s*[({]|\bTask\s*<[^({]*>\s*\(|(?<!: )(?<!-> )\bTask\s*<[^({]*>\s*\{"
    r"|\bTask\.(?:detached|immediate|init)\b"
)
LOOP_TASK = re.compile(r"\bTask\s*\(\s*executorPreference:")
SLEEP = re.compile(r"\b(?:Task|Thread)\.sleep\b|\bDispatch(?:Queue|Source|Group|Semaphore|WorkItem|Time)\b")
UNCHECKED = re.compile(r"@unchecked\s+Sendable\b")
LOCK = re.compile(
    r"\b(?:Mutex|Monitor)\s*[<(]|\bNS\w*Lock\b|\bos_unfair_lock|\bpthread_(?:mutex|rwlock|spin|cond)\w*|\bsem_(?:init|wait)"
)
RAW = re.compile(
    r"\bunsafe\b|\bUnsafe(?:Mutable)?(?:Raw)?(?:Buffer)?Pointer\b|\bwithUnsafe\w+|\b_?unsafe[A-Z]\w*"
    r"|\b(?:Unmanaged|OpaquePointer|AutoreleasingUnsafeMutablePointer)\b|@unsafe\b"
)
SCALAR_NAME = re.compile(r"\bproperties\.name(?:Alias)?\b")
VAGUE = re.compile(r"(?:Manager|Helper|Util|Utility|Utilitie)s?$")
TYPE = re.compile(r"\b(?:class|struct|enum|actor|protocol|typealias)\s+(\w+)")
# Written apart, so that this file passes its own rule.
LEFTOVER = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
MAIN_TYPE = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|final|indirect|nonisolated|distributed)\s+)*(?:class|struct|enum|actor|protocol)\s+(\w+)"
)
ATTRIBUTE = re.compile(r"^\s*(?:@|\))|^#(?:if|else|elseif)\b")


def check_tree(root: Path) -> Iterator[Finding]:
    yield from top_level(root)
    yield from targets(root)
    for path in sorted((root / "Sources").rglob("*.swift")):
        yield from source(root, path)
    for folder in ("Sources", "Tests"):
        for path in sorted((root / folder).rglob("*.swift")):
            yield from swift_file(root, path)
    for path in sorted(texts(root)):
        yield from leftovers(root, path)
    yield from asset_findings(root)


def top_level(root: Path) -> Iterator[Finding]:
    for path in sorted(root.iterdir()):
        if path.name not in TOP_LEVEL and not path.name.startswith("."):
            yield Finding(path.name, 0, "top-level", f"only {', '.join(sorted(TOP_LEVEL))} and dot files lie here")


def targets(root: Path) -> Iterator[Finding]:
    page = root / "Docs/architecture.md"
    lines = page.read_text().split("\n") if page.exists() else []
    for path in sorted((root / "Sources").iterdir()):
        name = path.name
        if name not in LAYERS:
            yield Finding(f"Sources/{name}", 0, "target", "not in Scripts/lib/layers.py: which layer is it?")
        elif not any(re.match(rf"\|\s*`{name}`\s*\|", line) for line in lines):
            yield Finding(f"Sources/{name}", 0, "target-doc", "Docs/architecture.md has no line for it: Scripts/format")


def source(root: Path, path: Path) -> Iterator[Finding]:
    """The rules for the product's own code."""
    name = path.relative_to(root).as_posix()
    inside = path.relative_to(root / "Sources").as_posix()
    layer = LAYERS.get(inside.split("/")[0])
    text = path.read_text()
    plain = text.split("\n")
    lines = code_lines(text)
    for number, line in enumerate(lines, 1):
        if layer and (match := IMPORT.match(line)):
            yield from imported(name, number, match.group(1), layer.imports)
        if SLEEP.search(line):
            yield Finding(name, number, "blocking", "sleeping and Dispatch leave the loop; use the loop's Clock")
        if PLAIN_TASK.search(line) and not (inside.startswith(TASK_STARTERS) and LOOP_TASK.search(line)):
            yield Finding(name, number, "task", "a plain task leaves the loop; use startTask")
        if not inside.startswith(THREADED):
            where = "belongs under " + ", ".join(THREADED)
            if UNCHECKED.search(line):
                yield Finding(name, number, "unchecked", f"@unchecked Sendable {where}")
            if LOCK.search(line):
                yield Finding(name, number, "lock", f"a lock {where}")
        if not inside.startswith(RAW_MEMORY) and RAW.search(line):
            yield Finding(name, number, "raw-memory", f"raw memory belongs in {', '.join(RAW_MEMORY)}; use Span")
        if SCALAR_NAME.search(line):
            yield Finding(name, number, "scalar-name", "characters have no names in the release (Docs/decisions/0006)")
        if (match := MAIN_TYPE.match(line)) and not documented(plain, number - 1):
            yield Finding(name, number, "undocumented", f"{match.group(1)} has no doc line")


def imported(name: str, number: int, module: str, allowed: frozenset[str]) -> Iterator[Finding]:
    if module.startswith("Foundation"):
        yield Finding(name, number, "foundation", "Foundation stays out of the binary")
    elif module in LAYERS:
        if module not in allowed:
            yield Finding(name, number, "layer", f"{module} is not below this target; it may import "
                          + (", ".join(sorted(allowed)) or "nothing"))
    elif module not in SYSTEM:
        yield Finding(name, number, "layer", f"{module} is neither a target nor one of {', '.join(sorted(SYSTEM))}")


def documented(plain: list[str], index: int) -> bool:
    """Whether a doc comment stands above the declaration at `index`, its attributes between."""
    while index > 0:
        index -= 1
        above = plain[index]
        if above.lstrip().startswith("///"):
            return True
        if not ATTRIBUTE.match(above):
            return False
    return False


def swift_file(root: Path, path: Path) -> Iterator[Finding]:
    """The rules for every Swift file, tests included."""
    name = path.relative_to(root).as_posix()
    text = path.read_text()
    count = text.count("\n")
    if count > LONGEST_FILE:
        yield Finding(name, count, "length", f"{count} lines; more than {LONGEST_FILE} hide a seam")
    for word in [*path.relative_to(root).parts[1:-1], *path.stem.split("+")]:
        if VAGUE.search(word):
            yield Finding(name, 0, "name", f"\"{word}\" says nothing; name it for what it is")
    for number, line in enumerate(code_lines(text), 1):
        for declared in TYPE.findall(line):
            if VAGUE.search(declared):
                yield Finding(name, number, "name", f"\"{declared}\" says nothing; name it for what it is")


def texts(root: Path) -> Iterator[Path]:
    yield root / "Package.swift"
    for folder in ("Sources", "Tests", "Scripts"):
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and "Fixtures" not in path.parts:
                if path.suffix in {"", ".swift", ".py", ".sh", ".js", ".h", ".c"}:
                    yield path


def leftovers(root: Path, path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(errors="replace").split("\n"), 1):
        if match := LEFTOVER.search(line):
            yield Finding(path.relative_to(root).as_posix(), number, "leftover", f"{match.group()}: do it or drop it")


def main() -> int:
    root, what = Path(sys.argv[1]), sys.argv[2]
    found = list(check_tree(root) if what == "sources" else binary_findings(Path(sys.argv[3])))
    for finding in found:
        print(finding)
    print(f"check of the {what}: " + (f"{len(found)} rules broken" if found else "no rule broken"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
