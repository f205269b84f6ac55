#!/usr/bin/env bash
# Shows that Scripts/check can fail: breaks each rule once in a small tree, and demands that the finding names the file
# and the rule, and that the tree is clean before and after.

set -euo pipefail
repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
wrong=0 proven=0
# The packages are the caller's affair; looking each time would only take time.
export OPENCLAW_SKIP_PACKAGES=1

make_tree() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{Docs,Scripts,Tests/WireTests} "$tree"/Sources/{Platform/Loop,Wire/WebSocket,Failover,Models}
  touch "$tree"/{README.md,LICENSE,Package.swift}
  printf '| `%s` | x |\n' Platform Wire Failover Models CAssets >"$tree/Docs/architecture.md"
  cat >"$tree/Sources/Platform/Loop/Loop.swift" <<'SWIFT'
import Synchronization

/// Runs things. A comment may speak of Task {} and of Mutex<Int>, of unsafe code and of import Foundation.
package final class Loop: @unchecked Sendable {
    private let state = Mutex<Int>(0)
    func start() -> Task<Void, Never> {
        Task(executorPreference: self) { withUnsafeBytes(of: 1) { _ in } }
    }
}
SWIFT
  cat >"$tree/Sources/Wire/Frame.swift" <<'SWIFT'
package import Platform

/// One frame.
@frozen
package struct Frame {
    let text = "Task { } and unsafe are words here: \"Mutex<Int>\""
    let long = """
        Task.sleep(1); "import Foundation"
        """
    var task: Task<Void, Never> { startTask {} }
}
SWIFT
  printf '/// Unmasks.\nenum Unmasking { static func run() { unsafe f() } }\n' \
    >"$tree/Sources/Wire/WebSocket/Unmasking.swift"
  printf 'import Wire\n@testable import Platform\n' >"$tree/Tests/WireTests/FrameTests.swift"
  mkdir -p "$tree/$web"
  printf '<!doctype html>\n<script type="module" src="assets/{{digest}}/app.js"></script>\n' >"$tree/$web/index.html"
  printf 'import { t } from "./words.js";\nt("Yes, {name}");\n' >"$tree/$web/app.js"
  printf 'export default {\n  "Yes, {name}": "是，{name}",\n};\n' >"$tree/$web/zh.js"
  pack
}

pack() {
  python3 "$repo/Scripts/lib/assets.py" "$tree" --write >/dev/null
}

run_check() {
  "$repo/Scripts/check" --sources --root "$tree" 2>&1
}

demand_clean() {
  local output
  if ! output=$(run_check); then
    printf 'FAILED: %s\n%s\n' "$1" "$output"
    wrong=$((wrong + 1))
  fi
}

# broken RULE PLACE: the check must fail, and one line must name both.
broken() {
  local output
  if output=$(run_check); then
    printf 'FAILED: %s went unnoticed at %s\n' "$1" "$2"
    wrong=$((wrong + 1))
  elif [[ $output != *"$2: [$1]"* ]]; then
    printf 'FAILED: no line names %s and [%s]:\n%s\n' "$2" "$1" "$output"
    wrong=$((wrong + 1))
  else
    proven=$((proven + 1))
  fi
  make_tree
}

# after RULE FILE LINE-OF-CODE: appends the line to the file, whose new last line must be found.
after() {
  printf '%s\n' "$3" >>"$tree/$2"
  broken "$1" "$2:$(wc -l <"$tree/$2")"
}

# in_page RULE LINE: the line in a page that is packed.
in_page() {
  printf '%s\n' "$2" >>"$tree/$web/app.js"
  pack
  broken "$1" "$web/app.js:3"
}

web=Sources/CAssets/web
frame=Sources/Wire/Frame.swift
loop=Sources/Platform/Loop/Loop.swift
make_tree
demand_clean 'the tree without a fault'

after layer $loop 'import Wire'
after layer $loop 'package import Wire'
after layer $loop '@preconcurrency import Dispatch'
after layer $frame 'import COpenSSL'
after foundation $frame 'import Foundation'
after foundation $frame 'import struct FoundationEssentials.Data'
printf 'import Models\n' >"$tree/Sources/Failover/Rise.swift"
broken layer Sources/Failover/Rise.swift:1

after task $frame 'func f() { Task { } }'
after task $frame 'func f() { Task<Void, Never> { } }'
after task $frame 'func f() { Task(priority: .low) { } }'
after task $frame 'func f() { Task(executorPreference: loop) { } }'
after task $frame 'func f() { Task.detached { } }'
after task $loop 'func f() { Task { } }'
after blocking $frame 'func f() { try await Task.sleep(nanoseconds: 1) }'
after blocking $loop 'func f() { DispatchQueue.main.async { } }'

after unchecked $frame 'extension Frame: @unchecked Sendable {}'
after lock $frame 'let lock = Mutex<Int>(0)'
after lock $frame 'let lock = Monitor(0)'
after lock $frame 'var mutex = pthread_mutex_t()'
after raw-memory $frame 'func f() { unsafe g() }'
after raw-memory $frame 'var p: UnsafeMutablePointer<Int>'
after raw-memory $frame 'func f() { bytes.withUnsafeBytes { _ in } }'
after raw-memory $frame 'nonisolated(unsafe) var x = 1'
after raw-memory Sources/Failover/Failover.swift 'let x = unsafeBitCast(1, to: Int.self)'
after scalar-name $frame 'let name = scalar.properties.name'

seq -f '// %g' 400 >"$tree/Tests/WireTests/Long.swift"
demand_clean 'a file of 400 lines'
after length Tests/WireTests/Long.swift '// 401'
seq -f '// %g' 401 >"$tree/Sources/Wire/Long.swift"
broken length Sources/Wire/Long.swift:401
after name $frame 'private struct FrameHelper {}'
after name Tests/WireTests/FrameTests.swift 'final class PipeManager {}'
printf '' >"$tree/Sources/Wire/ByteUtils.swift"
broken name Sources/Wire/ByteUtils.swift
after leftover $frame '// TO''DO: later'
after leftover Tests/WireTests/FrameTests.swift '// FIX''ME'
after undocumented $frame 'package struct Bare {}'
after undocumented $frame '@LoopActor final class Bare {}'

printf '\n' >>"$tree/$web/app.js"
broken web-pack Sources/CAssets/web.pack
rm "$tree/Sources/CAssets/web.pack"
broken web-pack Sources/CAssets/web.pack
touch "$tree/$web/logo.png"
broken web-kind "$web/logo.png"
in_page web-markup 'node.inner''HTML = text;'
in_page web-markup 'node.insertAdjacent''HTML("beforeend", text);'
in_page web-markup 'ev''al(text);'
in_page web-elsewhere 'fetch("https://example.org/a.js");'
in_page web-elsewhere 'new WebSocket("ws://127.0.0.1:1/");'
in_page web-word 't("No");'
sed -i 's/是，{name}/是/' "$tree/$web/zh.js"
pack
broken web-word "$web/app.js:2"
sed -i '/name/d' "$tree/$web/app.js"
pack
broken web-word "$web/zh.js"
head -c 200000 /dev/urandom | od -An -x >"$tree/$web/style.css"
pack
broken web-size Sources/CAssets/web.pack

touch "$tree/notes.txt"
broken top-level notes.txt
mkdir "$tree/Sources/Extra"
broken target Sources/Extra
sed -i '/Wire/d' "$tree/Docs/architecture.md"
broken target-doc Sources/Wire

demand_clean 'the tree after all faults are mended'

# A stand-in for the binary, made from assembly. broken_binary RULE ASSEMBLY
binary=$tree/binary
broken_binary() {
  local output
  printf '%s\n' "$2" | as -o "$binary" -
  if output=$("$repo/Scripts/check" --binary "$binary" 2>&1) || [[ $output != *"[$1]"* ]]; then
    printf 'FAILED: %s went unnoticed in a binary\n%s\n' "$1" "$output"
    wrong=$((wrong + 1))
  else
    proven=$((proven + 1))
  fi
}

mangled='"$s10Foundation4DataVMa"'
broken_binary binary-foundation "$(printf '.globl %s\n%s: .byte 0' "$mangled" "$mangled")"
broken_binary binary-scalar-names "$(printf '.globl _swift_stdlib_names\n_swift_stdlib_names: .byte 0')"
broken_binary binary-size "$(printf '.globl big\n.data\nbig: .fill 20600000, 1, 1')"
printf '.globl f\nf: .byte 0\n' | as -o "$binary" -
if ! "$repo/Scripts/check" --binary "$binary" >/dev/null; then
  printf 'FAILED: a faultless binary was refused\n'
  wrong=$((wrong + 1))
fi

printf 'check_selftest: %d faults noticed, %d wrong\n' "$proven" "$wrong"
((wrong == 0))
