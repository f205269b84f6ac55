# shellcheck shell=bash
# The fuzzers: one program for each folder of Tests/Fuzz with an @main; its seeds are in Tests/Fuzz/Seeds/<name>.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
. "$repo/Scripts/lib/build.sh"

fuzz_findings=$artifacts/fuzz-findings
fuzz_logs=$artifacts/fuzz-logs

# Below this many covered edges a fuzzer runs blind: the library was built without coverage.
fuzz_least_coverage=50

fuzzers() {
  local file
  { grep -rl --include='*.swift' '^@main' "$repo/Tests/Fuzz" 2>/dev/null || true; } |
    while read -r file; do basename -- "$(dirname -- "$file")"; done | sort -u
}

# run_fuzzer NAME SECONDS RUNS: ends after either. What it finds to be new stays in a scratch directory.
run_fuzzer() {
  local name=$1 new status=0 seeds=()
  new=$(mktemp -d)
  [[ ! -d $repo/Tests/Fuzz/Seeds/$name ]] || seeds=("$repo/Tests/Fuzz/Seeds/$name")
  SWIFT_BACKTRACE=enable=no "$fuzz_scratch/release/$name" -seed="$TEST_SEED" -max_total_time="$2" -runs="$3" \
    -max_len=8192 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$fuzz_findings/$name-" "$new" "${seeds[@]}" >"$fuzz_logs/$name.log" 2>&1 || status=$?
  rm -rf "$new"
  return "$status"
}

# fuzz_figures NAME: its line in the report.
fuzz_figures() {
  awk -v name="$1" '
    match($0, /cov: [0-9]+/) { coverage = substr($0, RSTART + 5, RLENGTH - 5) }
    /number_of_executed_units/ { runs = $2 }
    /average_exec_per_sec/ { rate = $2 }
    END { printf "%-20s %10d runs, %7d a second, %5d edges covered\n", name, runs, rate, coverage }' \
    "$fuzz_logs/$1.log"
}

fuzz_coverage() {
  sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$fuzz_logs/$1.log" | tail -n 1
}

# fuzz_all SECONDS RUNS: builds every fuzzer, runs them two at a time, prints a line for each.
fuzz_all() {
  local name names pid failed=0
  local -A running=()
  mapfile -t names < <(fuzzers)
  ((${#names[@]} > 0)) || cannot_run "there is no fuzzer in Tests/Fuzz"
  mkdir -p "$fuzz_findings" "$fuzz_logs"
  for name in "${names[@]}"; do build_fuzzer "$name"; done
  for name in "${names[@]}" ''; do
    while ((${#running[@]} >= 2)) || [[ -z $name && ${#running[@]} -gt 0 ]]; do
      local status=0
      wait -n -p pid "${!running[@]}" || status=$?
      judge_fuzzer "${running[$pid]}" "$status" || failed=1
      unset "running[$pid]"
    done
    if [[ -n $name ]]; then
      run_fuzzer "$name" "$1" "$2" &
      running[$!]=$name
    fi
  done
  return "$failed"
}

judge_fuzzer() {
  local coverage
  coverage=$(fuzz_coverage "$1")
  fuzz_figures "$1"
  if (($2 != 0)); then
    printf '%s found something (status %d); seed %s; the input is in %s\n' "$1" "$2" "$TEST_SEED" \
      "${fuzz_findings#"$repo"/}"
    tail -n 25 "$fuzz_logs/$1.log" | sed 's/^/  | /'
    return 1
  elif ((${coverage:-0} < fuzz_least_coverage)); then
    printf '%s covers only %d edges: was it built without coverage?\n' "$1" "${coverage:-0}"
    return 1
  fi
}
