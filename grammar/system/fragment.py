"""Reads members of a system that stand alone, without `system "…" {`. Called by tools and tests.

Drafts, examples and documentation show pieces of systems: a few invariants, a lone `when`.
"""

from __future__ import annotations

from grammar.diagnostic import Parsed
from grammar.sg.layout import lay_out
from grammar.system.cut import cut
from grammar.system.nodes import Member
from grammar.system.read import Reader, read_members


def parse_fragment(text: str, file: str) -> Parsed[tuple[Member, ...]]:
    """The members in `text`, as they could stand between the braces of one system.

    Nothing is raised, whatever the text; `file` is the name that diagnostics carry.
    """
    layout = lay_out(text, file, _no_prose, fragment=True)
    (region,) = layout.systems
    reader = Reader(layout.remarks, region)
    members = read_members(reader, cut(layout.remarks, region))
    layout.remarks.say_if_full("SG-E199")
    return Parsed(members, layout.remarks.in_order())


def _no_prose(_line: str) -> bool:
    return False
