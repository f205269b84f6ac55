# shellcheck shell=bash
# Debian packages: installed when missing, otherwise nothing is touched.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# What a build needs: the headers and archives of the three C libraries, and what Swift links with.
# shellcheck disable=SC2034  # read by the scripts that source this file
build_packages=(libssl-dev libsqlite3-dev zlib1g-dev g++)

package_installed() {
  # One word for each architecture of the package; a package that was never here can be "not-installed".
  [[ " $(dpkg-query -W -f='${db:Status-Status} ' "$1" 2>/dev/null)" == *' installed '* ]]
}

# need_packages NAME... installs those that are missing. On a system without apt it names them; who has provided their
# equivalents says so with OPENCLAW_SKIP_PACKAGES=1.
need_packages() {
  local name missing=()
  [[ -z ${OPENCLAW_SKIP_PACKAGES:-} ]] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "there is no apt-get here to install packages with" \
      "provide the equivalents of these Debian packages: $*" \
      "then run this again with OPENCLAW_SKIP_PACKAGES=1"
  fi
  for name in "$@"; do
    package_installed "$name" || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

install_packages() {
  local log=$artifacts/packages.log
  mkdir -p "$artifacts"
  printf 'installing %s\n' "$*"
  (
    # A server installed for a test must not start serving: Debian asks this file first.
    guard=/usr/sbin/policy-rc.d
    if [[ ! -e $guard ]]; then
      trap 'as_root rm -f "$guard"' EXIT
      printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
      as_root chmod 755 "$guard"
    fi
    apt_get update
    apt_get install -y --no-install-recommends "$@"
  ) >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "apt-get could not install: $*" "its whole output: $log"
  }
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}
