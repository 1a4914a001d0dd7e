"""What a domain tells the language about its resources. Passed into `check` by who knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grammar.sg.terms import TypeRef

TEXT: Final = TypeRef("string")


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """One property of a kind of resource.

    `choices` are the words that it may be, if it is one of a few; with `resource` it names
    another resource of the same topology (or several, if its type is a list). What it gives is
    no other resource's too if it is `exclusive`, as the ports of a bridge are.
    """

    type: TypeRef = TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    resource: bool = False
    exclusive: bool = False


Vocabulary = Mapping[str, Mapping[str, PropertySpec]]
"""Kind of resource → its properties."""

NETWORK: Final = "network"
"""The kind that the networks of an intent have, if a domain tells of it."""

UNKNOWN: Final[Vocabulary] = {}
"""No domain spoke: kinds and properties are not checked."""
