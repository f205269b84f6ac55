# shellcheck shell=bash
# Sourced by each part of Scripts/test, and by Scripts/soak: what a part can say and what it can lean on.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
. "$repo/Scripts/lib/build.sh"

cd "$repo"

# Same commit, same seed: a rerun repeats what failed. TEST_SEED asks for another.
default_seed() {
  local hash
  hash=$(git -C "$repo" rev-parse --short=7 HEAD 2>/dev/null) || hash=1
  printf '%d' "0x${hash:0:7}"
}
export TEST_SEED=${TEST_SEED:-$(default_seed)}

# What tests drive: the product, and the programs beside it.
export OPENCLAW_BIN=$release_dir/openclaw
export OPENCLAW_TOOLS=$release_dir

# Debian keeps Node's packages here; Node itself does not look.
export NODE_PATH=/usr/share/nodejs

# cannot_run REASON: the part says that it cannot run here. That is a failure, unless TEST_ALLOW_SKIP names the part.
cannot_run() {
  printf 'cannot run: %s\n' "$1"
  exit 77
}

need_file() {
  [[ -e $1 ]] || cannot_run "there is no ${1#"$repo"/}"
}

# stage NAME COMMAND...: runs it under a heading. A stage that fails fails the part at its end, not at once: what the
# others find is worth knowing as well.
stage() {
  local name=$1
  shift
  printf '== %s\n' "$name"
  "$@" || failed_stages+=("$name")
}

failed_stages=()

# The last command of a part with stages.
end_stages() {
  ((${#failed_stages[@]} == 0)) || {
    printf 'failed: %s\n' "$(printf '%s, ' "${failed_stages[@]}" | sed 's/, $//')"
    return 1
  }
}

# swift_tests MINIMUM COMMAND...: runs it and demands that at least MINIMUM tests ran; none at all would pass as well.
swift_tests() {
  local minimum=$1 output ran status=0
  shift
  output=$(mktemp)
  "$@" 2>&1 | tee "$output" || status=$?
  ran=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\}.*/\1/p' "$output" | tail -n 1)
  rm -f "$output"
  if ((${ran:-0} < minimum)); then
    printf 'only %d tests ran; at least %d were to\n' "${ran:-0}" "$minimum"
    return 1
  fi
  return "$status"
}

# python_venv REQUIREMENTS: prints the directory of a virtual environment that has them, made once per list.
python_venv() {
  local venv
  venv=$artifacts/venv-$(sha256sum "$1" | cut -c 1-12)
  if [[ ! -e $venv/complete ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 &&
      "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$1" >&2 || return 1
    touch "$venv/complete"
  fi
  printf '%s' "$venv"
}
