#!/bin/sh
# Builds the twin's kernel, User-Mode Linux, from Debian's kernel source: build.sh DIRECTORY.
# Puts it into DIRECTORY/<hash of this recipe>/linux; does nothing if it is there. About five
# minutes on two cores, 2 GB of disk meanwhile. As root it installs what is missing.
set -eu

SOURCE=/usr/src/linux-source-6.1.tar.xz
PACKAGES="linux-source-6.1 flex bison bc gcc make libc6-dev xz-utils"
here=$(cd "$(dirname "$0")" && pwd)
hash=$(cat "$here/build.sh" "$here/kernel.config" | sha256sum | cut -c1-16)
place=$1/$hash

complain() { echo "Error: $1" >&2; echo "Hint: $2" >&2; exit 1; }

[ -x "$place/linux" ] && { echo "The twin's kernel is there: $place/linux"; exit 0; }
[ "$(uname -m)" = x86_64 ] || complain "User-Mode Linux runs on x86 only, this is $(uname -m)" \
  "without a twin everything works in the simulated world"

missing=""
for command in flex bison bc gcc make xz; do
  command -v "$command" >/dev/null || missing="$missing $command"
done
[ -e "$SOURCE" ] || missing="$missing $SOURCE"
if [ -n "$missing" ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null \
    || complain "missing:$missing" "as root: apt-get install $PACKAGES"
  echo "Installing: $PACKAGES"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $PACKAGES >/dev/null \
    || complain "packages could not be installed" "Debian 12 has $PACKAGES; another source: put it at $SOURCE"
fi

mkdir -p "$place"
work=$(mktemp -d "$place/build.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
log=$place/build.log
echo "Building in $work; $log tells how it goes"
tar -C "$work" --strip-components=1 -xf "$SOURCE"
cd "$work"
# Room for the registers of processors with AMX, whose state is larger than the kernel's guess:
# otherwise the first process dies with "ptrace set fp regs failed".
sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' \
  arch/x86/um/user-offsets.c
{
  make ARCH=um defconfig
  ./scripts/kconfig/merge_config.sh -m .config "$here/kernel.config"
  make ARCH=um olddefconfig
  make ARCH=um -j"$(nproc)" linux
} >"$log" 2>&1 || complain "the kernel could not be built" "the reason is at the end of $log"
for option in UML_TIME_TRAVEL_SUPPORT HOSTFS BRIDGE VETH BONDING VLAN_8021Q; do
  grep -q "^CONFIG_$option=y" .config || complain "the kernel has no $option" "see $log"
done
strip linux
mv linux "$place/linux"
echo "Built $place/linux"
