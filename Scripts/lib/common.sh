# shellcheck shell=bash
# Sourced by every script: where the project lies, how a script speaks, how it becomes root.

[[ -z ${script_name:-} ]] || return 0
set -euo pipefail

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
script_name=Scripts/$(basename -- "$0")

# shellcheck disable=SC2034  # read by the scripts that source this file
# Everything a script leaves behind lies in here, beside the debug build; `rm -rf .build*` forgets it all.
artifacts=$repo/.build

# The sources stay clean of what Python leaves behind, and a log has the lines in their order.
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# Prints the comment at the top of the calling script: its help.
show_help() {
  sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
}

# die MESSAGE [WHAT TO DO NEXT...]
die() {
  printf '%s: %s\n' "$script_name" "$1" >&2
  shift
  (($# == 0)) || printf '  %s\n' "$@" >&2
  exit 1
}

# A wrong flag or argument: one line, not the whole help.
usage_error() {
  printf '%s: %s\n  see %s --help\n' "$script_name" "$1" "$script_name" >&2
  exit 2
}

# as_root COMMAND... runs it as root, through sudo where that is needed.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this step needs root: $*" "run the script as root, or install sudo"
  fi
}

# A port of the loopback interface that is free now.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
