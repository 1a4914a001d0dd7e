"""Files that outlive a reboot: replaced whole, for root alone, and put back byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domains.network import keeping
from controller.domains.network.disk import (
    SYSTEM_CONNECTIONS,
    Disk,
    of_namespace,
    of_this_machine,
    packed,
    unpacked,
)
from controller.domains.network.footprint import profile_key
from controller.domains.network.lease import Lease, from_dhclient, from_settings, to_dhclient
from controller.domains.network.profile import Profile
from controller.domains.network.restoring import Step
from controller.domains.world import OperationRefused
from controller.profile_limits import PROFILES

BRIDGE = Profile("br0", "bridge", interface="br0")
MAC = "02:00:00:00:00:e0"


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / SYSTEM_CONNECTIONS, (tmp_path / "leases",), made=True)


# --- profiles ---------------------------------------------------------------------------


def test_a_profile_is_for_root_alone_whoever_may_read_new_files(disk: Disk) -> None:
    before = os.umask(0)
    try:
        disk.write(BRIDGE)
    finally:
        os.umask(before)
    path = disk.profiles / "br0.nmconnection"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert disk.known() == (BRIDGE,)


def test_what_is_replaced_was_whole_all_the_time(disk: Disk) -> None:
    disk.write(BRIDGE)
    path = disk.profiles / "br0.nmconnection"
    with path.open("rb") as reader:
        disk.write(Profile("br0", "bridge", interface="br0", stp=False))
        assert b"stp" not in reader.read()
    assert b"stp=false" in path.read_bytes()
    assert [one.name for one in disk.profiles.iterdir()] == ["br0.nmconnection"]


def test_an_id_is_never_a_way_out_of_the_directory(disk: Disk) -> None:
    disk.write(Profile("../../outside", "bridge", interface="br0"))
    assert [path.parent for path in disk.profiles.rglob("*")] == [disk.profiles]
    disk.put(packed("../outside", b"x"))
    assert not (disk.profiles.parent / "outside").exists()


def test_a_profile_is_written_over_the_file_that_has_its_id(disk: Disk) -> None:
    disk.profiles.mkdir(parents=True)
    theirs = disk.profiles / "Wired connection 1"
    theirs.write_bytes(b"[connection]\nid=br0\ntype=bridge\ninterface-name=br0\nzone=home\n")
    disk.write(BRIDGE)
    assert [path.name for path in disk.profiles.iterdir()] == ["Wired connection 1"]
    assert b"zone=home" in theirs.read_bytes()


def test_a_file_that_cannot_be_read_is_no_profile_and_is_not_written_over(disk: Disk) -> None:
    disk.profiles.mkdir(parents=True)
    broken = disk.profiles / "br0.nmconnection"
    broken.write_bytes(b"[connection]\nnonsense\n")
    assert disk.known() == ()
    with pytest.raises(OperationRefused, match=r"line 2: .*; mend the file as nm-settings-keyfile"):
        disk.write(BRIDGE)
    assert broken.read_bytes() == b"[connection]\nnonsense\n"


def test_hidden_files_and_backups_are_no_profiles(disk: Disk) -> None:
    disk.write(BRIDGE)
    text = (disk.profiles / "br0.nmconnection").read_bytes()
    for name in (".br0.nmconnection", "br0.nmconnection~"):
        (disk.profiles / name).write_bytes(text)
    (disk.profiles / "directory").mkdir()
    assert disk.known() == (BRIDGE,)


def test_no_more_profiles_are_read_than_a_host_can_have(disk: Disk) -> None:
    disk.profiles.mkdir(parents=True)
    for number in range(PROFILES + 3):
        text = f"[connection]\nid=p{number}\ntype=bridge\n"
        (disk.profiles / f"{number:05}").write_text(text)
    assert len(disk.known()) == PROFILES


def test_a_host_without_the_directory_has_nothing_that_would_read_a_profile(tmp_path: Path) -> None:
    host = Disk(tmp_path / SYSTEM_CONNECTIONS)
    assert (host.known(), host.lent({})) == ((), ())
    with pytest.raises(OperationRefused, match="nothing reads profiles here"):
        host.write(BRIDGE)
    assert not host.profiles.exists()


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_undoing_brings_back_every_byte(data: bytes) -> None:
    with temporary() as disk:
        path = disk.profiles / "br0.nmconnection"
        disk.profiles.mkdir()
        path.write_bytes(
            b"[connection]\nid=br0\ntype=bridge\n[user]\nx=" + data.replace(b"\n", b"")
        )
        former = path.read_bytes()
        name = profile_key("br0").partition(" ")[2]
        items = keeping.items(disk, [name, "eth0"])
        path.unlink()
        assert keeping.items(disk, [name]) == {}
        keeping.take(disk, Step("put", profile_key("br0"), items[profile_key("br0")]))
        assert path.read_bytes() == former
        keeping.take(disk, Step("remove", profile_key("br0")))
        assert not path.exists()


@contextmanager
def temporary() -> Iterator[Disk]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as made:
        yield Disk(Path(made) / "profiles", made=True)


@given(st.text(max_size=20), st.binary(max_size=50))
def test_a_packed_file_is_unpacked_as_it_was(name: str, data: bytes) -> None:
    assert unpacked(packed(name, data)) == (name, data)


def test_whoever_reads_the_profiles_is_told_after_each_change(tmp_path: Path) -> None:
    told: list[bool] = []
    path = tmp_path / "profiles" / "br0.nmconnection"
    disk = Disk(tmp_path / "profiles", made=True, reload=lambda: told.append(path.exists()))
    disk.write(BRIDGE)
    disk.remove("br0")
    assert told == [True, False]


def test_a_namespace_never_has_the_files_of_the_machine(tmp_path: Path) -> None:
    kept = "blue/NetworkManager/system-connections"
    assert of_namespace("blue", machine=tmp_path).profiles == Path("/etc/netns") / kept
    nowhere = tmp_path / "NetworkManager"
    without = of_namespace("blue", machine=nowhere, own=tmp_path)
    assert without.profiles == tmp_path / "netns" / kept
    assert (of_namespace("blue").leases, of_namespace("blue").reload) == ((), None)
    assert of_this_machine().profiles == Path("/etc/NetworkManager/system-connections")
    assert of_this_machine().reload is not None


# --- leases -----------------------------------------------------------------------------

DHCLIENT = f"""# a comment
lease {{
  interface "eth0";
  fixed-address 10.9.0.6;
  option subnet-mask 255.255.255.0;
  expire 4 2026/11/20 22:00:00;
}}
lease {{
  interface "eth0";
  fixed-address 10.9.0.7;
  option subnet-mask 255.255.254.0;
  option routers 10.9.0.1, 10.9.0.2;
  option dhcp-server-identifier 10.9.0.3;
  option dhcp-client-identifier 1:{MAC.replace("00:", "0:")};
  renew 4 2026/11/21 10:00:00;
  expire 4 2026/11/21 22:00:00;
}}
lease {{
  interface "eth1";
  fixed-address 10.9.0.8;
}}
"""


def test_the_latest_lease_in_a_file_of_dhclient_counts() -> None:
    assert from_dhclient(DHCLIENT) == (
        Lease("eth0", "10.9.0.7/23", "10.9.0.3", MAC, "2026-11-21T22:00:00+00:00", "10.9.0.1"),
    )


def test_networkd_and_networkmanager_write_a_lease_as_settings(disk: Disk) -> None:
    text = (
        "# This is private data. Do not parse.\nADDRESS=10.9.0.7\nNETMASK=255.255.255.0\n"
        "ROUTER=10.9.0.1\nSERVER_ADDRESS=10.9.0.3\nLIFETIME=3600\nCLIENTID=010200000000e0\n"
    )
    lease = Lease("eth0", "10.9.0.7/24", "10.9.0.3", MAC, "1970-01-01T01:00:10+00:00", "10.9.0.1")
    assert from_settings(text, "eth0", 10.5) == lease
    directory = disk.leases[0]
    directory.mkdir(parents=True)
    for name in ("3", f"internal-{'0' * 8}-0000-0000-0000-{'0' * 12}-br-lan.lease", "7", "note"):
        (directory / name).write_text(text)
        os.utime(directory / name, (10, 10))
    found = disk.lent({3: "eth0", 4: "br-lan"})
    assert {one.interface for one in found} == {"eth0", "br-lan"}
    assert lease in found


def test_dhclient_may_count_seconds_instead() -> None:
    (lease,) = from_dhclient(
        'lease {\n  interface "x";\n  fixed-address 10.9.0.7;\n'
        "  option subnet-mask 255.0.0.0;\n  expire epoch 3600; # Thu Jan 1 01:00:00 1970\n}\n"
    )
    assert lease.expires == "1970-01-01T01:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "ADDRESS=10.9.0.7\n", "ADDRESS=10.9.0.7\nNETMASK=255.0.255.0\n", "ADDRESS=x\nNETMASK=y"],
)
def test_a_lease_without_a_network_is_none(text: str) -> None:
    assert from_settings(text, "eth0", 0) is None


def test_a_client_that_is_no_mac_is_nobodys() -> None:
    text = "ADDRESS=10.9.0.7\nNETMASK=255.255.255.0\nCLIENTID=ff0102030405060708\n"
    found = from_settings(text, "eth0", 0)
    assert found is not None
    assert found.mac is None


_HOSTS = st.integers(0x0A000001, 0x0AFFFFFE).map(
    lambda n: ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0))
)
_LEASES = st.builds(
    Lease,
    interface=st.sampled_from(["eth0", "br-lan", "bond0.100"]),
    address=st.builds(lambda host, length: f"{host}/{length}", _HOSTS, st.integers(1, 32)),
    server=st.none() | _HOSTS,
    mac=st.sampled_from([None, MAC, "02:0a:00:00:00:01"]),
    expires=st.none()
    | st.datetimes(min_value=datetime(1970, 1, 2)).map(
        lambda when: f"{when.replace(microsecond=0).isoformat()}+00:00"
    ),
    gateway=st.none() | _HOSTS,
)


@given(st.lists(_LEASES, unique_by=lambda one: one.interface))
@settings(deadline=None)
def test_leases_are_read_as_they_were_written(leases: list[Lease]) -> None:
    assert from_dhclient(to_dhclient(leases)) == tuple(leases)


@given(st.text())
@settings(deadline=None)
def test_any_text_is_some_leases_or_none(text: str) -> None:
    for one in from_dhclient(f'lease {{\n{text}\n interface "x";\n fixed-address {text};\n}}\n'):
        assert "/" in one.address
    found = from_settings(f"ADDRESS={text}\nNETMASK={text}\nCLIENTID={text}", "eth0", 0)
    assert found is None or found.interface == "eth0"
