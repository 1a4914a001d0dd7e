#!/bin/sh
# The first process of a User-Mode Linux that starts NetworkManager and tells what came of it:
# networkmanager.sh as `init=`, the number of NICs in NICS. /sys is read-only, or NetworkManager
# would wait for udev; every NIC leads to a bridge without ports of its own.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib/NetworkManager
mkdir -p /run/dbus
ip link del bond0
ip link set lo up
ip link add swbr type bridge
ip link set swbr up
for number in $(seq 0 $((NICS - 1))); do
  ip link add "eth$number" address "02:00:00:00:00:e$number" type veth peer name "sw$number"
  ip link set "sw$number" master swbr up
done
dbus-daemon --system --fork
NetworkManager
nm-online -s -q -t 60
settled=0
rounds=0
before=
while [ $settled -lt 6 ] && [ $rounds -lt 120 ]; do
  rounds=$((rounds + 1))
  now="$(nmcli -t -f DEVICE,STATE,CONNECTION device) $(ip -br link) $(ip -br -4 address) $(ip route)"
  if [ "$now" = "$before" ]; then settled=$((settled + 1)); else settled=0; fi
  before=$now
  sleep 0.5
done
echo "LINKS $(ip -j -d link | tr -d '\n')"
echo "ADDRESSES $(ip -j -4 address | tr -d '\n')"
echo "ROUTES $(ip -j -4 route | tr -d '\n')"
echo o > /proc/sysrq-trigger
sleep 60
