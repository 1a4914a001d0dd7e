"""Members of a JSON object that somebody else wrote, each held to its kind before it is used.

`outpost_wire`, `transaction_lines` and `transaction_ends` read with it, on hosts as well, whose
Python may have no `match`. Whatever has another form raises `ValueError` with the member's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from controller.domains.world import Json, JsonObject


class Members:
    """The members of `value`, which must be an object; if `only` is given, with these and no other.

    Raises `ValueError`, as all its methods do.
    """

    def __init__(self, value: object, only: Collection[str] | None = None) -> None:
        if not isinstance(value, dict):
            raise ValueError("it is no object")
        if only is not None and value.keys() != {*only}:
            raise ValueError("its members are not those of its form")
        self._value: Mapping[str, Json] = value

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._value

    def json(self, name: str) -> Json:
        """Whatever it is."""
        if name not in self._value:
            raise ValueError(f"it has no {name}")
        return self._value[name]

    def text(self, name: str) -> str:
        """A string."""
        found = self.json(name)
        if not isinstance(found, str):
            raise ValueError(f"{name} is no text")
        return found

    def flag(self, name: str) -> bool:
        """True or false."""
        found = self.json(name)
        if not isinstance(found, bool):
            raise ValueError(f"{name} is neither true nor false")
        return found

    def number(self, name: str) -> float:
        """A number, as a float."""
        found = self.json(name)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise ValueError(f"{name} is no number")
        return float(found)

    def whole(self, name: str) -> int:
        """A whole number."""
        found = self.json(name)
        if isinstance(found, bool) or not isinstance(found, int):
            raise ValueError(f"{name} is no whole number")
        return found

    def object(self, name: str) -> JsonObject:
        """An object."""
        found = self.json(name)
        if not isinstance(found, dict):
            raise ValueError(f"{name} is no object")
        return found

    def items(self, name: str) -> list[Json]:
        """A list."""
        found = self.json(name)
        if not isinstance(found, list):
            raise ValueError(f"{name} is no list")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        return texts(self.items(name))


def texts(values: Json) -> tuple[str, ...]:
    """A list of strings, as it arrives."""
    if not isinstance(values, list):
        raise ValueError("it is no list of lines")
    found = tuple(value for value in values if isinstance(value, str))
    if len(found) != len(values):
        raise ValueError("it is no list of lines")
    return found
