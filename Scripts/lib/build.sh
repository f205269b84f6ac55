# shellcheck shell=bash
# The builds. Each configuration has a scratch path of its own (Docs/decisions/0001): the debug build is the one that a
# plain `swift build` makes.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
. "$repo/Scripts/lib/packages.sh"

release_scratch=$repo/.build-release
# shellcheck disable=SC2034  # read by the scripts that source this file
release_dir=$release_scratch/release
fuzz_scratch=$repo/.build-fuzz

minimum_swift=6.2
toolchain_packages=(libncurses6 libcurl4 libxml2)

need_swift() {
  local program version
  command -v swift >/dev/null ||
    die "there is no Swift toolchain in PATH" \
      "install Swift $minimum_swift or newer: https://www.swift.org/install/linux/" \
      "then put its usr/bin directory in PATH"
  # An unpacked toolchain comes without the libraries that it needs itself.
  program=$(command -v swift-build) || program=''
  if [[ -n $program && $(ldd "$program" 2>/dev/null) == *'not found'* ]]; then
    need_packages "${toolchain_packages[@]}"
  fi
  version=$(swift --version 2>&1) || die "swift does not start: ${version%%$'\n'*}"
  version=$(sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' <<<"$version")
  [[ $(printf '%s\n' "$minimum_swift" "$version" | sort -V | head -n 1) == "$minimum_swift" ]] ||
    die "Swift $version is too old; $minimum_swift or newer is needed" "https://www.swift.org/install/linux/"
}

# The debug build with every test.
build_debug() {
  need_swift
  (cd "$repo" && swift build --build-tests --explicit-target-dependency-import-check error "$@")
}

# What is linked as one program, and how (Docs/decisions/0041): what stands in it several times becomes one function.
whole_program=(--experimental-lto-mode full)
for flag in -enable-merge-functions -enable-machine-outliner=always -machine-outliner-reruns=2 -outliner-benefit-threshold=10; do
  whole_program+=(-Xlinker -mllvm -Xlinker "$flag")
done
# What runs together lies together (Docs/decisions/0065). A name that is no more is passed over.
whole_program+=(-Xlinker --symbol-ordering-file="$repo/Scripts/lib/functions.order" -Xlinker --no-warn-symbol-ordering)

# build_release [--product NAME]: the static release build, with the tools that tests and benchmarks drive.
build_release() {
  need_swift
  # The linker takes the first libstdc++ that it finds, and beside the static one in here lies no other.
  mkdir -p "$release_scratch/archives"
  ln -sfn "$(g++ -print-file-name=libstdc++.a)" "$release_scratch/archives/libstdc++.a"
  # Without the local search path nobody can plant a libc beside the program. The names of functions stay until it is
  # stripped; the lines they came from are in the debug build.
  (cd "$repo" && OPENCLAW_EXTRAS=tools swift build -c release --static-swift-stdlib --disable-local-rpath -debug-info-format none \
    --scratch-path "$release_scratch" -Xlinker "-L$release_scratch/archives" "${whole_program[@]}" "$@")
}

# build_fuzzer NAME: one libFuzzer program with the address sanitizer.
build_fuzzer() {
  need_swift
  (cd "$repo" && OPENCLAW_EXTRAS=fuzz swift build -c release --sanitize=address \
    --scratch-path "$fuzz_scratch" --product "$1")
}

# sanitized_tests address|thread [swift test flags...]
sanitized_tests() {
  local kind=$1
  shift
  need_swift
  # XCTest's own runner leaks, so the leak check at exit would fail every run.
  (cd "$repo" && ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS='halt_on_error=1 exitcode=66' \
    swift test --disable-xctest --sanitize="$kind" --scratch-path "$repo/.build-$kind" "$@")
}
