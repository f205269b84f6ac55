# shellcheck shell=bash
# Runs parts and keeps the account. The table of parts is Scripts/lib/parts.table.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
. "$repo/Scripts/lib/packages.sh"

parts_table=$repo/Scripts/lib/parts.table
parts_dir=$repo/Scripts/parts
logs_dir=$artifacts/test-logs

# A part that cannot run where it is ends with this status, its last line being the reason.
cannot_run_status=77

# What all parts together aim for, and when they are ended: a part gets at most what is left of that. A machine that builds at half
# the speed passes what it tests, and is told that it was slow.
aim_seconds=2700
budget_seconds=5000

# What a part gets to end by itself when its time is over.
grace_seconds=10

declare -a part_names=()
declare -A part_quick part_needs part_limit part_packages part_shows
declare -A part_outcome part_took part_reason

# shellcheck disable=SC2034  # Scripts/test reads them as well
read_parts() {
  local name quick needs limit packages shows
  while IFS='|' read -r name quick needs limit packages shows; do
    [[ -n $name && $name != '#'* ]] || continue
    name=${name// /}
    part_names+=("$name")
    part_quick[$name]=${quick// /}
    part_needs[$name]=$(trim "$needs")
    part_limit[$name]=${limit// /}
    part_packages[$name]=$(trim "$packages")
    part_shows[$name]=$(trim "$shows")
  done <"$parts_table"
}

trim() {
  local text=$1
  text=${text#"${text%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# choose_parts WANTED...: sets `chosen` to those parts and what they need, in the table's order.
choose_parts() {
  local -A picked=()
  local name need at
  for name in "$@"; do picked[$name]=1; done
  # Backwards, since a part needs only parts that stand above it.
  for ((at = ${#part_names[@]} - 1; at >= 0; at--)); do
    name=${part_names[at]}
    [[ -n ${picked[$name]:-} ]] || continue
    for need in ${part_needs[$name]}; do picked[$need]=1; done
  done
  chosen=()
  for name in "${part_names[@]}"; do
    [[ -z ${picked[$name]:-} ]] || chosen+=("$name")
  done
}

# The Debian packages that the chosen parts need, `build` standing for those of a build.
install_for_chosen() {
  local name package
  local -A packages=()
  for name in "${chosen[@]}"; do
    for package in ${part_packages[$name]/build/"${build_packages[*]}"}; do packages[$package]=1; done
  done
  ((${#packages[@]} == 0)) || need_packages "${!packages[@]}"
}

# skip_allowed NAME: whether TEST_ALLOW_SKIP names it.
skip_allowed() {
  local allowed
  for allowed in $(tr , " " <<<"${TEST_ALLOW_SKIP:-}"); do
    [[ $allowed != "$1" ]] || return 0
  done
  return 1
}

# The process group of the part under way; its leader is the `timeout` that this shell started.
running_group=''

stop_running_part() {
  [[ -z $running_group ]] || kill -TERM -- "-$running_group" 2>/dev/null || true
}

run_part() {
  local name=$1 log=$logs_dir/$1.log need started limit status=0
  for need in ${part_needs[$name]}; do
    if [[ ${part_outcome[$need]} != passed ]]; then
      settle "$name" failed "needs $need"
      return
    fi
  done
  printf '%-14s ' "$name"
  started=${EPOCHREALTIME/./}
  limit=$((budget_seconds - SECONDS))
  ((limit < part_limit[$name])) || limit=${part_limit[$name]}
  if ((limit <= 0)); then
    settle "$name" failed "no time left of $budget_seconds s"
    printf '%s\n' "failed"
    return
  fi
  # A group of its own, so that whatever the part started ends with it.
  timeout -k "$grace_seconds" "$limit" "$BASH" "$parts_dir/$name" >"$log" 2>&1 </dev/null &
  running_group=$!
  wait "$running_group" || status=$?
  part_took[$name]=$((${EPOCHREALTIME/./} - started))
  kill -KILL -- "-$running_group" 2>/dev/null || true
  running_group=''
  case $status in
    0) settle "$name" passed "" ;;
    124 | 137) settle "$name" failed "not done after $limit s" ;;
    "$cannot_run_status") settle_unable "$name" "$(tail -n 1 "$log")" ;;
    *) settle "$name" failed "status $status" ;;
  esac
  printf '%-8s %8s\n' "${part_outcome[$name]}" "$(seconds "${part_took[$name]}")"
  [[ ${part_outcome[$name]} != failed ]] || show_failure "$log"
}

settle() {
  part_outcome[$1]=$2
  part_reason[$1]=$3
  [[ -n ${part_took[$1]:-} ]] || part_took[$1]=0
}

settle_unable() {
  if skip_allowed "$1"; then settle "$1" skipped "$2"; else settle "$1" failed "$2"; fi
}

seconds() {
  printf '%d.%d s' $(($1 / 1000000)) $(($1 % 1000000 / 100000))
}

# What a failed part's log has to say: the lines that name errors, wherever they stand, and how it ends.
show_failure() {
  local log=$1
  printf '  %s:\n' "${log#"$repo"/}"
  {
    # A test that is only begun may name an error among what it is given.
    grep -v '^◇' "$log" | grep -E '(^|[^[:alnum:]])(error|ERROR|FAILED|WARNING: ThreadSanitizer)([: ]|$)|^✘' | awk '!seen[$0]++' | head -n 12 || true
    printf '...\n'
    tail -n 25 "$log"
  } | cut -c 1-400 | sed 's/^/  | /'
}

# The closing table. The last line is what machines read.
report() {
  local name passed=0 failed=0 skipped=0
  printf '\n%-14s %10s  %s\n' part took outcome
  for name in "${chosen[@]}"; do
    case ${part_outcome[$name]} in
      passed) passed=$((passed + 1)) ;;
      failed) failed=$((failed + 1)) ;;
      skipped)
        skipped=$((skipped + 1))
        continue
        ;;
    esac
    printf '%-14s %10s  %s%s\n' "$name" "$(seconds "${part_took[$name]}")" "${part_outcome[$name]}" \
      "${part_reason[$name]:+: ${part_reason[$name]}}"
  done
  printf '%-14s %10s  seed %s, logs in %s\n' all "$(seconds $((SECONDS * 1000000)))" "$TEST_SEED" "${logs_dir#"$repo"/}"
  for name in "${chosen[@]}"; do
    [[ ${part_outcome[$name]} != skipped ]] || printf 'skipped %s: %s\n' "$name" "${part_reason[$name]}"
  done
  ((SECONDS <= aim_seconds)) || printf 'slow: %d s, where %d are aimed for\n' "$SECONDS" "$aim_seconds"
  printf '%d passed, %d failed' "$passed" "$failed"
  ((skipped == 0)) || printf ', %d skipped' "$skipped"
  printf '\n'
  ((failed == 0))
}
