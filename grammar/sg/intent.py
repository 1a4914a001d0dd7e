"""Makes an intent of its parts, and checks the networks that it names. Called by parse.py."""

from __future__ import annotations

from grammar.nearest import did_you_mean, listing
from grammar.remarks import Remarks, somewhere
from grammar.sg.composition import Intent
from grammar.sg.contract import read_parts, remedies_of, say_missing
from grammar.sg.forms import DOES, INTENT_SECTIONS, Heading
from grammar.sg.layout import Block
from grammar.sg.reader import Reader

KEYWORDS: tuple[str, ...] = ()
SECTIONS = (DOES, *INTENT_SECTIONS)
_REQUIRED = {
    DOES: "say under `does:` in prose what is wanted, and why",
    "has": "list sets of hosts: `50 hypervisors:` with `is TOPOLOGY` below",
}


def read_intent(reader: Reader, block: Block, heading: Heading) -> Intent:
    """The intent that an `intent NAME` block holds."""
    parts = read_parts(reader, block, heading, KEYWORDS, INTENT_SECTIONS)
    say_missing(reader.remarks, parts, "intent", _REQUIRED)
    intent = Intent(
        name=parts.name.text,
        does=parts.does,
        networks=tuple(parts.sections.get("networks", [])),
        has=tuple(parts.sections.get("has", [])),
        on_failure=remedies_of(parts),
        domain=parts.domain,
        span=parts.name.span,
        places=parts.spans,
    )
    if "networks" not in parts.broken:
        _say_networks(reader.remarks, intent)
    return intent


def _say_networks(remarks: Remarks, intent: Intent) -> None:
    known = [network.name for network in intent.networks]
    otherwise = f"its networks are {listing(known)}" if known else "list it under `networks:`"
    for hosts in intent.has:
        for network in hosts.networks:
            if network.name not in known:
                hint = did_you_mean(network.name, known, otherwise)
                message = f"unknown network `{network.name}`"
                remarks.say("SG-E245", message, somewhere(network.span), hint)
