"""What must be true of the release binary, read from its symbols and its dynamic section."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from findings import Finding

LARGEST_STRIPPED = 20_500_000

# All that a bare Debian root has anyway. Everything else is inside the binary.
DYNAMIC = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}

# Foundation's Swift modules as they begin mangled names, and the ICU copy that it brings along.
FOUNDATION = re.compile(r"(?<!\S)(\$s\d*(?:Foundation|FoundationEssentials|FoundationInternationalization)(?=\d)\S*"
                        r"|_?CFStringCreate\w*|udata_open\w*|_foundation_\w+)")


def binary_findings(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(path.name, 0, "binary", f"{path} does not exist; build it first")
        return
    symbols = run("nm", str(path)) + run("nm", "--dynamic", str(path))
    if "no symbols" in run("nm", str(path), stderr=True):
        yield Finding(path.name, 0, "binary", "it is stripped, so its symbols say nothing")
    if match := FOUNDATION.search(symbols):
        yield Finding(path.name, 0, "binary-foundation", f"it links Foundation: {match.group(1)}")
    if "_swift_stdlib_names" in symbols:
        yield Finding(path.name, 0, "binary-scalar-names", "it carries the names of all Unicode characters")
    if match := re.search(r" [tT] ((?:aria|camellia|sm4|blake2s|ossl_dsa_keymgmt)\w*)", symbols, re.IGNORECASE):
        yield Finding(path.name, 0, "binary-algorithms", f"it carries algorithms that nothing asks for: {match.group(1)}")
    dynamic = run("readelf", "--dynamic", "--wide", str(path))
    if match := re.search(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", dynamic):
        yield Finding(path.name, 0, "binary-search-path",
                      f"it looks for its libraries in {match.group(1)} first: who may write there runs in it")
    libraries = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
    for library in libraries:
        if library not in DYNAMIC:
            yield Finding(path.name, 0, "binary-library", f"{library} is not linked statically")
    with tempfile.TemporaryDirectory() as directory:
        stripped = Path(directory) / "stripped"
        run("strip", "-o", str(stripped), str(path))
        size = stripped.stat().st_size
    if size > LARGEST_STRIPPED:
        yield Finding(path.name, 0, "binary-size", f"{size:,} bytes stripped; at most {LARGEST_STRIPPED:,}")
    else:
        print(f"{path.name}: {size:,} bytes stripped, of at most {LARGEST_STRIPPED:,}; needs {', '.join(libraries)}")


def run(*command: str, stderr: bool = False) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done.stderr if stderr else done.stdout
