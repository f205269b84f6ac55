#!/usr/bin/env bash
# Shows that Scripts/test tells outcomes apart: runs stand-in parts through Scripts/lib/parts.sh and reads its report.

set -euo pipefail
repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/logs"
wrong=0

cat >"$work/table" <<'EOT'
# a comment
good     | quick |          | 10 |       | passes
bad      |       |          | 10 |       | fails
slow     |       |          |  1 |       | hangs
child    |       |          | 10 |       | leaves a process
unable   |       |          | 10 |       | cannot run
leaning  |       | good bad | 10 | build | needs one that fails
resting  |       | leaning  | 10 |       | needs one that needs one that fails
EOT
printf 'echo fine\n' >"$work/parts/good"
printf 'echo the reason for it; exit 3\n' >"$work/parts/bad"
printf 'trap "" TERM; sleep 60 & wait\n' >"$work/parts/slow"
printf 'sleep 60 & echo $! >"%s"\n' "$work/left" >"$work/parts/child"
printf 'echo "cannot run: no such thing here"; exit 77\n' >"$work/parts/unable"
printf 'touch "%s"\n' "$work/leaned" >"$work/parts/leaning"
cp "$work/parts/leaning" "$work/parts/resting"

# account PART...: the output of a run of these parts; its status on a last line of its own.
account() {
  local status=0
  bash -c '
    . "$1/Scripts/lib/parts.sh"
    parts_table=$2/table parts_dir=$2/parts logs_dir=$2/logs grace_seconds=1 TEST_SEED=1
    shift 2
    read_parts
    choose_parts "$@"
    for name in "${chosen[@]}"; do run_part "$name"; done
    report' account "$repo" "$work" "$@" 2>&1 || status=$?
  printf 'status %d\n' "$status"
}

# demand OUTPUT TEXT...: each text stands in the output.
demand() {
  local output=$1 text
  shift
  for text in "$@"; do
    if [[ $output != *"$text"* ]]; then
      printf 'FAILED: "%s" is not in:\n%s\n' "$text" "$output"
      wrong=$((wrong + 1))
    fi
  done
}

demand "$(account good)" $'1 passed, 0 failed\nstatus 0'
demand "$(account bad good)" 'failed: status 3' '| the reason for it' $'1 passed, 1 failed\nstatus 1'
# The order is the table's, and what a part needs comes along.
demand "$(account resting)" $'\ngood ' $'\nbad ' 'failed: needs bad' 'failed: needs leaning' \
  $'1 passed, 3 failed\nstatus 1'
[[ ! -e $work/leaned ]] || demand "" "a part ran although what it needs had failed"
demand "$(account unable)" 'failed: cannot run: no such thing here' $'0 passed, 1 failed\nstatus 1'
demand "$(TEST_ALLOW_SKIP=other account unable)" $'0 passed, 1 failed\nstatus 1'
demand "$(TEST_ALLOW_SKIP=other,unable account unable good)" \
  $'skipped unable: cannot run: no such thing here\n1 passed, 0 failed, 1 skipped\nstatus 0'
demand "$(account slow)" 'failed: not done after 1 s' $'0 passed, 1 failed\nstatus 1'
demand "$(account child)" $'1 passed, 0 failed\nstatus 0'
# Killed is enough; when its remains vanish is the affair of the system's first process.
if [[ -e /proc/$(cat "$work/left")/stat ]] && ! grep -q ') Z ' "/proc/$(cat "$work/left")/stat" 2>/dev/null; then
  demand "" "a process of a part outlived it"
fi

printf 'parts_selftest: %d wrong\n' "$wrong"
((wrong == 0))
