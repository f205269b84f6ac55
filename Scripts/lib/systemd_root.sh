# shellcheck shell=bash
# A Debian 12 root with systemd and two users, in which services are installed for real.

. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

systemd_root=$artifacts/systemd-bookworm

# Makes the root once; a half-made one is never mistaken for it.
make_systemd_root() {
  [[ ! -e $systemd_root/made ]] || return 0
  local log=$artifacts/debootstrap-systemd.log name
  printf 'making a Debian 12 root with systemd (kept in %s)\n' "${systemd_root#"$repo"/}"
  as_root rm -rf "$systemd_root"
  mkdir -p "$systemd_root"
  if ! as_root debootstrap --variant=minbase \
    --include=systemd,systemd-sysv,dbus,libpam-systemd,dbus-user-session,procps,iproute2,openssh-server,git,rsync,ca-certificates \
    bookworm "$systemd_root/root" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "debootstrap could not make a Debian root" "its whole output: $log"
  fi
  for name in ada:1001 bob:1002; do
    as_root chroot "$systemd_root/root" /usr/sbin/useradd -m -s /bin/bash -u "${name#*:}" "${name%:*}"
  done
  # ada's manager runs without a login; the machine's id is made at each boot.
  as_root mkdir -p "$systemd_root/root/var/lib/systemd/linger"
  as_root touch "$systemd_root/root/var/lib/systemd/linger/ada"
  as_root truncate -s 0 "$systemd_root/root/etc/machine-id"
  touch "$systemd_root/made"
}
