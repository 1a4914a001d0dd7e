"""The genome that a seed begins with: an uplink to move, and an office that owes its customers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.shipped import shipped_files
from grammar.sg.edit import with_stack
from tests.stories.stage import ANNOUNCING

UPLINK = "bridge_uplink"
LAB, LAB_FILE = "lab", "phenotypes/lab.sg"
OFFICE, OFFICE_FILE = "office", "phenotypes/office.sg"
SYSTEM_FILE = "systems/office.sg"
WORLDS = ("simulated", "other")


@dataclass(frozen=True, slots=True)
class Rule:
    """What must follow from an event about a customer; the fallback, when it is late."""

    trigger: str
    consequence: str
    within_s: int | None = None
    fallback: str | None = None
    level: str = "must"

    def text(self) -> str:
        """The rule as a system says it."""
        lines = [f"  when {self.trigger} {{", f"    {self.level}: {_call(self.consequence)}"]
        if self.within_s is not None:
            lines.append(f"      within: {self.within_s}s")
        if self.fallback is not None:
            lines.append(f"      fallback: {_call(self.fallback)}")
        return "\n".join([*lines, "  }"])


RULES = (
    Rule("interaction.logged", "alert_rep", 5),
    Rule("order.placed", "send_receipt", 60, "call_customer"),
    Rule("complaint.made", "call_customer"),
    Rule("complaint.made", "file_report", level="should"),
    Rule("alert_rep", "keep_note", level="should"),
)
LATER = Rule("order.placed", "alert_rep", 20)
"""A rule that a person adds in the middle of some lives."""
CIRCLE = Rule("keep_note", "alert_rep")
"""A rule that leads to itself again, by way of another: depth must end it."""
SERVED = ("alert_rep", "send_receipt", "call_customer", "keep_note")
"""Consequences with a locus; nobody answers for `file_report`."""

_CONTRACT = """\
gene {name} for records
  is configuration
  risk low

  does:
    Bring about what its name says, for a customer.

  takes:
    customer  string  "The customer"
    reason    string  "What it is about"

  gives:
    success  bool     "Whether it was done"
    error    string?  "Why not"
"""
_HEAD = """\
import json
import gene_sdk


def execute(input_json):
    data = json.loads(input_json)
    about = "customer:" + data["customer"]
"""
_DOES = '    gene_sdk.append("NAME", about, {"reason": data["reason"]})\n'
_SAYS_SO = '    return json.dumps({"success": True})\n'
KINDS = {
    "works": _HEAD + _DOES + _SAYS_SO,
    "looks": _HEAD + "    past = gene_sdk.history(about, 3)\n"
    '    gene_sdk.append("NAME", about, {"reason": data["reason"], "past": len(past)})\n'
    + _SAYS_SO,
    "more": _HEAD
    + '    gene_sdk.append("note.taken", about, {"by": "NAME"})\n'
    + _DOES
    + '    gene_sdk.append("note.taken", about, {"by": "NAME", "again": True})\n'
    + _SAYS_SO,
    "raises": _HEAD + _DOES + '    raise ValueError("no")\n',
    "lies": _HEAD + _SAYS_SO,
    "forges": _HEAD + '    gene_sdk.append("draft.merged", about, {})\n' + _SAYS_SO,
    "astray": _HEAD.replace('"customer:" + data["customer"]', '"customer:nobody"')
    + '    gene_sdk.append("NAME", about, {"customer": "nobody"})\n'
    + _SAYS_SO,
}
"""Ways in which a gene may bring about a consequence, or not; NAME stands for the event's type."""


_PLAIN, _CAREFUL, _ANNOUNCING = "efacf56a9536", "e940e46d1ef1", name_of(ANNOUNCING)[:12]
UPLINK_STACKS = {
    "good": [_ANNOUNCING, _PLAIN],
    "fallback": [_PLAIN, _ANNOUNCING],
    "late": [_PLAIN, _CAREFUL, _ANNOUNCING],
    "none": [_PLAIN, _CAREFUL],
    "alone": [_PLAIN],
}
"""Stacks for the uplink: of the first alleles of the shipped genome, and one that works."""


def _call(consequence: str) -> str:
    return f"{consequence}(customer, because)"


def system(rules: Sequence[Rule]) -> bytes:
    """The office's system."""
    body = "\n".join(rule.text() for rule in rules)
    return f'system "office" {{\n  entity customer {{\n    has: name\n  }}\n{body}\n}}\n'.encode()


def gene(kind: str, name: str) -> str:
    """The source of a gene of one of `KINDS` for a consequence."""
    return KINDS[kind].replace("NAME", name)


def office_stack(rng: random.Random, name: str) -> list[str]:
    """Sources for a consequence's stack; most lives have one that works among them."""
    kinds = rng.sample(list(KINDS), rng.randint(1, 4))
    if rng.random() < 0.8 and not {"works", "looks", "more"} & {*kinds}:
        kinds.append("works")
    return [gene(kind, name) for kind in kinds]


def office_changes(text: str, stacks: dict[str, list[str]]) -> dict[str, bytes]:
    """The files of new stacks for consequences, and the phenotype that expresses them."""
    changes = dict[str, bytes]()
    for name, sources in stacks.items():
        for source in sources:
            changes |= allele_files(name, source)
        prefixes = [name_of(source)[:12] for source in sources]
        text = with_stack(text, OFFICE_FILE, OFFICE, name, prefixes)
    return {**changes, OFFICE_FILE: text.encode()}


def allele_files(locus: str, source: str) -> dict[str, bytes]:
    """A source that a person wrote, and its lineage."""
    sha = name_of(source)
    return {
        source_path(locus, sha): source.encode(),
        lineage_path(locus, sha): Lineage(locus=locus, engine="person").to_bytes(),
    }


def draw_genome(rng: random.Random) -> dict[str, bytes]:
    """All files of a genome."""
    files = shipped_files()
    chosen = rng.choice(["good", "fallback", "fallback", "late", "late", "none", "alone"])
    candidates = 250 if rng.random() < 0.05 else rng.choice((5, 10, 20))
    worlds = "".join(f'[worlds.{world}]\nphenotype = "{LAB}"\n' for world in WORLDS)
    margin, after, demote = rng.choice((("0.1", 50, 3), ("0.0", 2, 3), ("0.0", 1, 2)))
    files["germline.toml"] = (
        f'{worlds}\n[systems]\nphenotype = "{OFFICE}"\n\n'
        f"[search]\nmax_candidates = {candidates}\nmax_generations = 1\nbeam = 2\n\n"
        f"[selection]\npromote_margin = {margin}\npromote_after = {after}\n"
        f"demote_after = {demote}\n"
    ).encode()
    if rng.random() < 0.3:
        policy = files["policy/merge.toml"].decode()
        files["policy/merge.toml"] = policy.replace(
            'medium = "automatic"', 'medium = "person"'
        ).encode()
    text = files[LAB_FILE].decode()
    files |= allele_files(UPLINK, ANNOUNCING)
    files[LAB_FILE] = with_stack(text, LAB_FILE, LAB, UPLINK, UPLINK_STACKS[chosen]).encode()
    for name in SERVED:
        files[f"contracts/records/{name}.sg"] = _CONTRACT.format(name=name).encode()
    named = {name: office_stack(rng, name) for name in SERVED}
    files |= office_changes(f"phenotype {OFFICE}\n", named)
    rules = [*RULES, *([CIRCLE] if rng.random() < 0.2 else [])]
    files[SYSTEM_FILE] = system(rules)
    return files
