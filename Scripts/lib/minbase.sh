# shellcheck shell=bash
# A bare Debian 12 root without toolchain, to show that a binary needs nothing else.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

minbase=$artifacts/minbase-bookworm

# Makes the root once; a half-made one is never mistaken for it.
make_minbase() {
  [[ ! -e $minbase/made ]] || return 0
  local log=$artifacts/debootstrap.log
  printf 'making a bare Debian 12 root (kept in %s)\n' "${minbase#"$repo"/}"
  as_root rm -rf "$minbase"
  mkdir -p "$minbase"
  if ! as_root debootstrap --variant=minbase bookworm "$minbase/root" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "debootstrap could not make a Debian root" "its whole output: $log"
  fi
  touch "$minbase/made"
}

# prove_in_minbase BINARY: it answers there, and ends well. Mounts, processes and network are a namespace's of its own,
# which vanish with it; the root stays as it is.
prove_in_minbase() {
  make_minbase
  # shellcheck disable=SC2016  # the inner shell expands these
  as_root unshare --mount --pid --net --fork --kill-child "$BASH" -euc '
    root=$1 binary=$2 proof=$3
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -o remount,bind,ro "$root"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/tmp"
    install -m 755 "$binary" "$root/tmp/openclaw"
    install -m 755 "$proof" "$root/tmp/proof"
    ip link set lo up
    exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp/home /bin/bash /tmp/proof' \
    minbase "$minbase/root" "$1" "$repo/Scripts/lib/minbase_proof"
}
