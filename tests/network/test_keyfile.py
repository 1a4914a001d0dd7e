"""Keyfiles: what NetworkManager writes is understood, what we write says what was meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domains.network.keyfile import Malformed, file_name, parse
from controller.domains.network.keyfile_writing import render
from controller.domains.network.profile import BOND_MODES, Profile, Way, is_id
from controller.profile_limits import PROFILE_BYTES, PROFILE_ID_BYTES

STORAGE = b"""# the storage network; ask before touching
[connection]
id=storage
uuid=11111111-2222-3333-4444-555555555555
type=bond
interface-name=bond0
autoconnect-slaves=1
timestamp=1700000000

[bond]
miimon=100
mode=1
primary=eth0

[802-3-ethernet]
mtu=9000

[ipv4]
address1=10.0.0.10/24,10.0.0.1
address2=10.0.1.10/24
dns=10.0.0.1;
method=manual
route1=10.20.0.0/16,10.0.0.9
route1_options=cwnd=10
route2=10.21.0.0/16,0.0.0.0,7

[ipv6]
method=disabled

[proxy]
"""


def test_a_keyfile_says_what_networkmanager_means_by_it() -> None:
    assert parse(STORAGE) == Profile(
        "storage",
        "bond",
        uuid="11111111-2222-3333-4444-555555555555",
        interface="bond0",
        autoconnect_ports=True,
        mtu=9000,
        method="manual",
        addresses=("10.0.0.10/24", "10.0.1.10/24"),
        gateway="10.0.0.1",
        routes=(Way("10.20.0.0/16", "10.0.0.9"), Way("10.21.0.0/16", None, 7)),
        mode="active-backup",
        miimon=100,
    )


@pytest.mark.parametrize(("key", "kind"), [("master", "slave-type"), ("controller", "port-type")])
def test_a_port_may_name_its_controller_with_either_word(key: str, kind: str) -> None:
    port = parse(f"[connection]\nid=p\ntype=ethernet\n{key}=bond0\n{kind}=bond\n".encode())
    assert (port.controller, port.port_type) == ("bond0", "bond")


@pytest.mark.parametrize("key", ["autoconnect-slaves", "autoconnect-ports"])
@pytest.mark.parametrize(
    ("said", "meant"), [("1", True), ("0", False), ("-1", None), ("true", True)]
)
def test_a_controller_may_bring_its_ports_by_either_word(
    key: str, said: str, meant: bool | None
) -> None:
    one = parse(f"[connection]\nid=b\ntype=bond\n{key}={said}\n".encode())
    assert one.autoconnect_ports is meant


def test_a_profile_written_over_another_keeps_what_nobody_asked_to_change() -> None:
    former = parse(STORAGE)
    changed = Profile(
        **{field: getattr(former, field) for field in Profile.__slots__}
        | {"addresses": ("10.0.0.11/24",), "gateway": None, "mtu": None}
    )
    written = render(changed, STORAGE).decode()
    assert parse(written.encode()) == changed
    kept = ["# the storage network; ask before touching", "timestamp=1700000000", "primary=eth0"]
    kept += ["mode=1", "dns=10.0.0.1;", "route1_options=cwnd=10", "[ipv6]", "[proxy]"]
    assert [line for line in kept if line not in written.splitlines()] == []
    assert "mtu" not in written


def test_new_routes_do_not_inherit_the_options_of_old_ones() -> None:
    former = parse(STORAGE)
    changed = Profile(
        **{field: getattr(former, field) for field in Profile.__slots__}
        | {"routes": (Way("10.30.0.0/16", "10.0.0.9"),)}
    )
    written = render(changed, STORAGE)
    assert b"_options" not in written
    assert parse(written) == changed


def test_what_does_not_change_is_left_byte_for_byte() -> None:
    assert render(parse(STORAGE), STORAGE) == STORAGE


_WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
_IDS = _WORDS.map(lambda text: f"p{text}".strip()).filter(is_id)
_HOSTS = st.integers(0x0A000001, 0x0AFFFFFE).map(
    lambda n: ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0))
)
_CIDRS = st.builds(lambda host, length: f"{host}/{length}", _HOSTS, st.integers(8, 32))
_WAYS = st.builds(
    Way,
    st.integers(0, 255).map(lambda n: f"10.{n}.0.0/16"),
    st.none() | _HOSTS,
    st.none() | st.integers(1, 2**32 - 1),
)
_MACS = st.integers(0, 2**32 - 1).map(
    lambda n: "02:00:" + ":".join(f"{n >> shift & 255:02x}" for shift in (24, 16, 8, 0))
)
PROFILES = st.builds(
    Profile,
    id=_IDS,
    type=st.sampled_from(["ethernet", "bridge", "bond", "vlan", "wifi"]),
    uuid=st.none() | st.uuids().map(str),
    interface=st.none() | st.sampled_from(["eth0", "br0", "bond0.100"]),
    autoconnect=st.booleans(),
    priority=st.integers(-999, 999),
    controller=st.none() | st.sampled_from(["br0", "bond0"]),
    port_type=st.none() | st.sampled_from(["bridge", "bond"]),
    autoconnect_ports=st.none() | st.booleans(),
    hardware_mac=st.none() | _MACS,
    cloned_mac=st.none() | _MACS | st.just("permanent"),
    mtu=st.none() | st.integers(68, 9000),
    method=st.none() | st.sampled_from(["auto", "manual", "disabled", "shared"]),
    addresses=st.lists(_CIDRS, max_size=4).map(tuple),
    gateway=st.none() | _HOSTS,
    routes=st.lists(_WAYS, max_size=4).map(tuple),
    metric=st.none() | st.integers(0, 2**32 - 1),
    stp=st.none() | st.booleans(),
    bridge_mac=st.none() | _MACS,
    mode=st.none() | st.sampled_from(BOND_MODES),
    miimon=st.none() | st.integers(1, 1000),
    parent=st.none() | st.sampled_from(["eth0", "bond0"]),
    vlan=st.none() | st.integers(1, 4094),
)


@given(PROFILES)
@settings(deadline=None)
def test_a_written_profile_is_read_as_it_was(profile: Profile) -> None:
    assert parse(render(profile)) == profile


@given(PROFILES, PROFILES)
@settings(deadline=None)
def test_a_profile_written_over_any_other_is_read_as_it_was(one: Profile, other: Profile) -> None:
    noted = render(other) + b"[user]\nsecret.key=7;8\n# a remark\n"
    written = render(one, noted)
    assert parse(written) == one
    assert b"[user]\nsecret.key=7;8\n# a remark\n" in written


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None)
def test_any_bytes_are_a_profile_or_refused_with_a_line_and_a_hint(data: bytes) -> None:
    read = read_or_refused(b"[connection]\nid=x\ntype=bridge\n" + data)
    if isinstance(read, Malformed):
        assert read.line >= 1
        assert "nm-settings-keyfile(5)" in read.hint
    else:
        assert parse(render(read, render(read))) == read


def read_or_refused(data: bytes) -> Profile | Malformed:
    try:
        return parse(data)
    except Malformed as refused:
        return refused


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("id=x\n", "line 1: id stands before any [group]"),
        ("[connection]\nid\n", "line 2: it is no key=value, no [group] and no # comment"),
        ("[connection]\nid=x\n", "line 2: [connection] has no type"),
        (
            "[connection]\nid=x\ntype=bridge\nautoconnect=perhaps\n",
            "line 4: autoconnect=perhaps is not true or false",
        ),
        (
            "[connection]\nid=x\ntype=bridge\n[ipv4]\naddress1=10.0.0.1\n",
            "line 5: address1=10.0.0.1 is not ADDRESS/LENGTH[,GATEWAY]",
        ),
        (
            "[connection]\nid=x\ntype=bridge\n[ipv4]\nroute1=10.0.0.1/24\n",
            "line 5: route1=10.0.0.1/24 is not NETWORK/LENGTH[,GATEWAY[,METRIC]]",
        ),
        (
            "[connection]\nid=x\ntype=vlan\n[vlan]\nid=five\n",
            "line 5: id=five is not a whole number",
        ),
    ],
)
def test_a_malformed_file_is_refused_at_its_line(text: str, complaint: str) -> None:
    with pytest.raises(Malformed) as raised:
        parse(text.encode())
    assert str(raised.value) == complaint


def test_a_file_that_is_too_long_or_no_text_is_refused() -> None:
    with pytest.raises(Malformed, match="more than"):
        parse(b"#" * (PROFILE_BYTES + 1))
    with pytest.raises(Malformed, match="line 2: it is not UTF-8"):
        parse(b"[connection]\nid=\xff\n")


@given(st.lists(_IDS | st.sampled_from(["..", ".hidden", "a/b", "a%2Fb", "CON~"]), unique=True))
@settings(deadline=None)
def test_every_id_has_a_file_of_its_own_in_the_same_directory(ids: list[str]) -> None:
    names = [file_name(one) for one in ids]
    assert len(set(names)) == len(ids)
    assert all("/" not in name and not name.startswith(".") for name in names)


def test_the_longest_id_still_has_a_file_name() -> None:
    longest = "ü" * (PROFILE_ID_BYTES // 2)
    assert is_id(longest)
    assert not is_id(longest + "x")
    assert len(file_name(longest)) <= 255
