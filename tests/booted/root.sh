#!/bin/sh
# Makes the root file system of the hosts that `tests/booted` boots: root.sh DIRECTORY. Debian 12
# with systemd, NetworkManager and Python 3.11, into DIRECTORY/<hash of this recipe>; does nothing
# if it is there. About a minute and a half, 350 MB. As root it installs what is missing.
set -eu

PACKAGES=systemd,systemd-sysv,dbus,python3,iproute2,iputils-ping,ca-certificates,network-manager,libseccomp2,git,procps
here=$(cd "$(dirname "$0")" && pwd)
place=$1/$(sha256sum < "$here/root.sh" | cut -c1-16)

complain() { echo "Error: $1" >&2; echo "Hint: $2" >&2; exit 1; }

[ -e "$place/usr/bin/systemctl" ] && { echo "The hosts' root is there: $place"; exit 0; }
[ "$(id -u)" = 0 ] || complain "a root file system is made as root" "sudo make booted"
if ! command -v mmdebstrap >/dev/null || ! command -v systemd-nspawn >/dev/null; then
  command -v apt-get >/dev/null \
    || complain "mmdebstrap and systemd-nspawn are missing" "install them, or run this on Debian"
  echo "Installing: mmdebstrap systemd-container"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    mmdebstrap systemd-container >/dev/null
fi

mkdir -p "$1"
work=$(mktemp -d "$1/making.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
log=$1/making.log
echo "Making a root in $work; $log tells how it goes"
# A host of a test has no network of its own unless the test plugs one in, so nothing waits for it.
mmdebstrap --variant=minbase --include="$PACKAGES" \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='chroot "$1" systemctl disable NetworkManager NetworkManager-wait-online' \
  --customize-hook='chroot "$1" systemctl mask systemd-networkd-wait-online getty@tty1 console-getty' \
  --customize-hook='rm -f "$1/etc/hostname" "$1/etc/resolv.conf"; : > "$1/etc/machine-id"' \
  --customize-hook='chmod 755 "$1"' \
  bookworm "$work/root" >"$log" 2>&1 || { tail -5 "$log" >&2; complain "no root could be made" "$log"; }
mv "$work/root" "$place"
echo "The hosts' root is made: $place"
