"""Makes a topology of its parts. Called by parse.py; check_topology.py looks at its names."""

from __future__ import annotations

from grammar.sg.composition import Topology
from grammar.sg.contract import read_parts, remedies_of, say_fields_twice, say_missing
from grammar.sg.forms import DOES, TOPOLOGY_SECTIONS, Heading
from grammar.sg.layout import Block
from grammar.sg.reader import Reader
from grammar.sg.types import say_unknown_types

KEYWORDS: tuple[str, ...] = ()
SECTIONS = (DOES, *TOPOLOGY_SECTIONS)
_REQUIRED = {
    DOES: "say under `does:` in prose what such a machine is for",
    "has": "list what it has: `name:` with `is KIND` below",
}


def read_topology(reader: Reader, block: Block, heading: Heading) -> Topology:
    """The topology that a `topology NAME` block holds."""
    parts = read_parts(reader, block, heading, KEYWORDS, TOPOLOGY_SECTIONS)
    say_missing(reader.remarks, parts, "topology", _REQUIRED)
    takes = tuple(parts.sections.get("takes", []))
    say_fields_twice(reader.remarks, takes)
    say_unknown_types(reader.remarks, (), reader.type_names)
    verify = parts.sections.get("verify", [])
    return Topology(
        name=parts.name.text,
        does=parts.does,
        has=tuple(parts.sections.get("has", [])),
        takes=takes,
        verify=verify[0] if verify else None,
        on_failure=remedies_of(parts),
        domain=parts.domain,
        span=parts.name.span,
        places=parts.spans,
    )
