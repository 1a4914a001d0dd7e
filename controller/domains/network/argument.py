"""Which arguments fit an operation's parameters, whatever world it is performed in.

Called by both kernels before anything else, so that a gene's nonsense never reaches one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

from controller import limits, link_limits, profile_limits
from controller.domains.network import address, profile
from controller.domains.network.operation import CATALOGUE
from controller.domains.network.operation_links import BOND_MODES
from controller.domains.world import Json, Operation, OperationSpec, Parameter

if TYPE_CHECKING:
    from typing import TypeGuard


def check(operation: Operation) -> str | None:
    """Why an operation makes no sense in any world, in one line; None if it does."""
    spec = CATALOGUE.get(operation.name)
    if spec is None:
        return f"there is no operation {operation.name}"
    return check_arguments(spec, operation.arguments)


def fits(kind: str, value: Json) -> bool:
    """True when a value may stand for a parameter of that kind."""
    return _CHECKS[kind](value)


def check_arguments(spec: OperationSpec, arguments: Mapping[str, Json]) -> str | None:
    """Why these arguments do not fit the operation's parameters, in one line; None if they do."""
    known = {parameter.name for parameter in spec.parameters}
    for name in arguments:
        if name not in known:
            return f"{spec.name} has no parameter {name}"
    for parameter in spec.parameters:
        value = arguments.get(parameter.name)
        if value is None:
            if not parameter.optional:
                return f"{spec.name} needs {parameter.name}"
        elif not _kind_check(spec, parameter)(value):
            return f"{parameter.name} of {spec.name}: {value!r} is not {_WANTED[parameter.kind]}"
    return None


def _kind_check(spec: OperationSpec, parameter: Parameter) -> Callable[[Json], bool]:
    if parameter.kind == "address" and spec.name in {"add_address", "remove_address"}:
        return _is_cidr
    if parameter.kind == "address" and spec.name in {"add_route", "write_profile"}:
        return _is_gateway if parameter.name == "gateway" else _is_bare
    return _CHECKS[parameter.kind]


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and address.is_name(value)


def _is_vantage(value: Json) -> bool:
    return isinstance(value, str) and value != ""


def _is_mac(value: Json) -> bool:
    return isinstance(value, str) and address.is_unicast_mac(value)


def _is_address(value: Json) -> bool:
    return isinstance(value, str) and (address.is_host_address(value) or address.is_cidr(value))


def _is_bare(value: Json) -> bool:
    return isinstance(value, str) and address.is_host_address(value)


def _is_gateway(value: Json) -> bool:
    return isinstance(value, str) and address.is_gateway(value)


def _is_network(value: Json) -> bool:
    return isinstance(value, str) and address.is_network(value)


def _is_metric(value: Json) -> bool:
    return isinstance(value, int) and _is_number(value, 0, limits.ROUTE_METRIC_MAX)


def _is_cidr(value: Json) -> bool:
    return isinstance(value, str) and address.is_cidr(value)


def _is_ageing(value: Json) -> bool:
    return _is_number(value, limits.AGEING_SECONDS_MIN, limits.AGEING_SECONDS_MAX)


def _is_watch(value: Json) -> bool:
    return _is_number(value, 0, limits.WATCH_MILLISECONDS_MAX)


def _is_attempts(value: Json) -> bool:
    return isinstance(value, int) and _is_number(value, 1, limits.PING_ATTEMPTS_MAX)


def _is_miimon(value: Json) -> bool:
    return isinstance(value, int) and _is_number(value, 1, limits.BOND_MIIMON_MS_MAX)


def _is_bond_mode(value: Json) -> bool:
    return value in BOND_MODES


def _is_mtu(value: Json) -> bool:
    return isinstance(value, int) and _is_number(value, link_limits.MTU_MIN, link_limits.MTU_MAX)


def _is_vlan_id(value: Json) -> bool:
    return isinstance(value, int) and _is_number(
        value, link_limits.VLAN_ID_MIN, link_limits.VLAN_ID_MAX
    )


def _is_bool(value: Json) -> bool:
    return isinstance(value, bool)


def _is_profile(value: Json) -> bool:
    return isinstance(value, str) and profile.is_id(value)


def _are_addresses(value: Json) -> bool:
    return _are_few(value) and all(_is_cidr(one) for one in value)


def _are_routes(value: Json) -> bool:
    return _are_few(value) and profile.are_routes(value)


def _are_few(value: Json) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and len(value) <= profile_limits.PROFILE_ADDRESSES


def _one_of(words: Collection[str]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and value in words


def _is_number(value: Json, least: float, most: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return least <= value <= most


_CHECKS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "interface": _is_name,
    "bridge": _is_name,
    "nic": _is_name,
    "bond": _is_name,
    "name": _is_name,
    "bond_mode": _is_bond_mode,
    "miimon": _is_miimon,
    "vantage": _is_vantage,
    "mac": _is_mac,
    "address": _is_address,
    "network": _is_network,
    "metric": _is_metric,
    "seconds": _is_ageing,
    "milliseconds": _is_watch,
    "int": _is_attempts,
    "mtu": _is_mtu,
    "vlan_id": _is_vlan_id,
    "bool": _is_bool,
    "profile": _is_profile,
    "profile_type": _one_of(profile.TYPES),
    "port_type": _one_of(profile.PORT_TYPES),
    "method": _one_of(profile.METHODS),
    "addresses": _are_addresses,
    "routes": _are_routes,
}

_WANTED: Final[Mapping[str, str]] = {
    "interface": f"a name of at most {limits.INTERFACE_NAME_BYTES} bytes",
    "bridge": f"a name of at most {limits.INTERFACE_NAME_BYTES} bytes",
    "nic": f"a name of at most {limits.INTERFACE_NAME_BYTES} bytes",
    "name": f"a name of at most {limits.INTERFACE_NAME_BYTES} bytes",
    "bond": f"a name of at most {limits.INTERFACE_NAME_BYTES} bytes",
    "bond_mode": f"one of {', '.join(BOND_MODES)}",
    "miimon": f"a whole number of milliseconds from 1 to {limits.BOND_MIIMON_MS_MAX}",
    "vantage": "the name of a vantage",
    "mac": "a unicast MAC address such as 02:00:00:00:00:01",
    "address": "an IPv4 or IPv6 address as Linux prints it (to add or remove one, with its prefix"
    " length)",
    "network": "a network such as 10.7.0.0/24, 0.0.0.0/0 or 2001:db8::/64",
    "metric": f"a whole number from 0 to {limits.ROUTE_METRIC_MAX}",
    "seconds": f"{limits.AGEING_SECONDS_MIN:g} to {limits.AGEING_SECONDS_MAX:g} seconds",
    "milliseconds": f"0 to {limits.WATCH_MILLISECONDS_MAX} milliseconds",
    "int": f"1 to {limits.PING_ATTEMPTS_MAX}",
    "vlan_id": f"a VLAN id from {link_limits.VLAN_ID_MIN} to {link_limits.VLAN_ID_MAX}",
    "mtu": f"{link_limits.MTU_MIN} to {link_limits.MTU_MAX} bytes",
    "bool": "true or false",
    "profile": f"one line of print of at most {profile_limits.PROFILE_ID_BYTES} bytes",
    "profile_type": " or ".join(profile.TYPES),
    "port_type": " or ".join(profile.PORT_TYPES),
    "method": " or ".join(profile.METHODS),
    "addresses": "a list of IPv4 addresses with their prefix lengths",
    "routes": "a list of routes: destination, and if need be gateway and metric",
}


def text(arguments: Mapping[str, Json], name: str) -> str:
    """An argument that `check_arguments` has found to be text."""
    value = arguments[name]
    assert isinstance(value, str)
    return value


def optional_text(arguments: Mapping[str, Json], name: str) -> str | None:
    """An optional argument that is text, None where it was left out."""
    return None if arguments.get(name) is None else text(arguments, name)


def miimon_ms(arguments: Mapping[str, Json]) -> int:
    """How often a new bond is to look at its ports' carriers, in milliseconds."""
    given = arguments.get("miimon")
    return given if isinstance(given, int) else limits.BOND_MIIMON_MS_DEFAULT


def flag(arguments: Mapping[str, Json], name: str) -> bool:
    """A Boolean argument; False where an optional one was left out."""
    return arguments.get(name) is True


def amount(arguments: Mapping[str, Json], name: str) -> float:
    """An argument that `check_arguments` has found to be a number."""
    value = arguments[name]
    assert isinstance(value, (int, float))
    return value


def whole(arguments: Mapping[str, Json], name: str) -> int:
    """An argument that `check_arguments` has found to be a whole number."""
    value = arguments[name]
    assert isinstance(value, int)
    return value
