"""The web files of the Control UI. Sources/CAssets/web.pack holds them compressed, for the compiler to embed; it is
checked in, so that a build needs no Python.

    assets.py ROOT --write     packs Sources/CAssets/web anew
    assets.py ROOT --check     finds what is wrong with it, as Scripts/check does

The pack begins with lines of text: the digest of all files, then name and compressed length of each, then an empty
line. The compressed files follow. What is compared is what comes out of it: another zlib compresses differently.
"""

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from findings import Finding

FOLDER, PACK = "Sources/CAssets/web", "Sources/CAssets/web.pack"
KINDS = {".html", ".css", ".js", ".svg"}
#: Where a page names its files; they lie under a folder that is named for their content, and are kept for ever.
DIGEST_MARK = b"{{digest}}"
DIGEST_LENGTH = 16

LARGEST_PACK = 150_000
LONGEST_FILE = 400
LONGEST_LINE = 140

#: What makes markup or programs out of text. Pages are built from nodes.
FORBIDDEN = re.compile(
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write|\beval\s*\(|\bnew\s+Function\b|\bsrcdoc\b"
    r"|\bDOMParser\b|\bcreateContextualFragment\b|\bsetHTML\w*|\bjavascript:|\bon\w+\s*=\s*[\"']|\bstyle\s*=\s*[\"']"
    r"|<script>|<style"
)
#: Other hosts. Names of XML's namespaces are no addresses.
ELSEWHERE = re.compile(r"[\"'`(](?:https?:|wss?:)?//(?!www\.w3\.org/|localhost:)[\w.]")
#: Words that a person reads, and their translations: one a line.
WORDS = re.compile(r'(?<![\w.])tn?\("((?:[^"\\]|\\.)*)"')
TRANSLATED = re.compile(r'^\s*("(?:[^"\\]|\\.)*"): ("(?:[^"\\]|\\.)*"),$')
BLANKS = re.compile(r"\{\w+\}")


def web_files(root: Path) -> dict[str, bytes]:
    """Name and content of each file, the digest in its places."""
    plain = {path.name: path.read_bytes() for path in sorted((root / FOLDER).iterdir()) if path.suffix in KINDS}
    sum_ = hashlib.sha256()
    for name, content in plain.items():
        sum_.update(f"{name} {len(content)}\n".encode() + content)
    digest = sum_.hexdigest()[:DIGEST_LENGTH].encode()
    return {name: content.replace(DIGEST_MARK, digest) for name, content in plain.items()} | {"": digest}


def packed(files: dict[str, bytes]) -> bytes:
    parts = {name: gzip.compress(content, 9, mtime=0) for name, content in files.items() if name}
    head = files[""].decode() + "\n" + "".join(f"{name} {len(part)}\n" for name, part in parts.items()) + "\n"
    return head.encode() + b"".join(parts.values())


def unpacked(pack: bytes) -> dict[str, bytes]:
    head, _, body = pack.partition(b"\n\n")
    digest, *lines = head.split(b"\n")
    files, at = {"": digest}, 0
    for line in lines:
        name, length = line.decode().split(" ")
        files[name] = gzip.decompress(body[at:at + int(length)])
        at += int(length)
    return files


def asset_findings(root: Path) -> Iterator[Finding]:
    if not (root / FOLDER).is_dir():
        return
    yield from freshness(root)
    translations = translated(root / FOLDER / "zh.js")
    used: set[str] = set()
    for path in sorted((root / FOLDER).iterdir()):
        name = path.relative_to(root).as_posix()
        if path.suffix not in KINDS:
            yield Finding(name, 0, "web-kind", f"only {', '.join(sorted(KINDS))} lie here")
            continue
        lines = path.read_text().split("\n")
        if len(lines) > LONGEST_FILE and path.name not in {"zh.js", "style.css"}:
            yield Finding(name, len(lines), "length", f"{len(lines)} lines; more than {LONGEST_FILE} hide a seam")
        for number, line in enumerate(lines, 1):
            if match := FORBIDDEN.search(line):
                yield Finding(name, number, "web-markup", f"{match.group()} makes markup or programs out of text")
            if match := ELSEWHERE.search(line):
                yield Finding(name, number, "web-elsewhere", f"{match.group()}... is another host")
            if len(line) > LONGEST_LINE and path.suffix != ".html" and path.name != "zh.js" and 't("' not in line:
                yield Finding(name, number, "web-line", f"{len(line)} characters; at most {LONGEST_LINE}")
            for word in WORDS.findall(line):
                text = json.loads(f'"{word}"')
                used.add(text)
                if text not in translations:
                    yield Finding(name, number, "web-word", f'"{text}" is not in zh.js')
                elif sorted(BLANKS.findall(text)) != sorted(BLANKS.findall(translations[text])):
                    yield Finding(name, number, "web-word", f'"{text}" has other blanks in zh.js')
    for word in sorted(set(translations) - used):
        yield Finding(f"{FOLDER}/zh.js", 0, "web-word", f'"{word}" is translated and never said')


def freshness(root: Path) -> Iterator[Finding]:
    pack = root / PACK
    if not pack.exists() or unpacked(pack.read_bytes()) != web_files(root):
        yield Finding(PACK, 0, "web-pack", "is not what lies in web: python3 Scripts/lib/assets.py . --write")
    elif (size := pack.stat().st_size) > LARGEST_PACK:
        yield Finding(PACK, 0, "web-size", f"{size:,} bytes; at most {LARGEST_PACK:,}")


def translated(path: Path) -> dict[str, str]:
    lines = path.read_text().split("\n") if path.exists() else []
    return {json.loads(match[1]): json.loads(match[2]) for line in lines if (match := TRANSLATED.match(line))}


def main() -> int:
    root = Path(sys.argv[1])
    if sys.argv[2] == "--write":
        pack = packed(web_files(root))
        (root / PACK).write_bytes(pack)
        print(f"{PACK}: {len(pack):,} bytes")
        return 0
    found = list(asset_findings(root))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
