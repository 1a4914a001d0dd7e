"""The gate "primary data": no draft loses what nothing could bring back. Pure; `prove` asks it.

What people wrote and what was registered is primary, as is the log; what is folded from it is not.
Of a draft its tree decides. Of the log main does: each merge names how long it was and its last
event (`Germline-Log`), so a log that was cut, reordered or replaced since is recognised, unless
somebody put other events of the same number in the place of earlier ones, which breaks their causes
(`germline events verify`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from controller.genome.genome import Genome
from controller.genome.surroundings import SETTINGS
from controller.membrane.gates import MAX_EVIDENCE
from controller.membrane.proof import GateResult
from grammar.sg.parse import parse

LOG: Final = "Germline-Log"
"""The trailer of a merge that names the log as it was then."""

_ANCHOR: Final = re.compile(
    rf"^{LOG}: ([1-9][0-9]{{0,15}}) ([0-9a-f]{{64}}) of ([0-9a-f]{{64}})$", re.M
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a merge says of the log: its `length`, the ids of its `last` and `first` event."""

    length: int
    last: str
    first: str

    def to_trailer(self) -> str:
        """The line of the merge's message."""
        return f"{LOG}: {self.length} {self.last} of {self.first}\n"


def anchor_of(message: str) -> Anchor | None:
    """What a commit's message says of the log, if it is a merge that says so."""
    found = _ANCHOR.search(message) if message.startswith("Merge ") else None
    return None if found is None else Anchor(int(found[1]), found[2], found[3])


@dataclass(frozen=True, slots=True)
class LogStanding:
    """How a clone's log stands to what main's merges say of it; `told` says what is wrong.

    `kept`: it grew out of the newest one that names it. `other`: they name another log alone.
    `rewritten`: it is the log that they name, but not as it was.
    """

    state: Literal["kept", "other", "rewritten"]
    told: str = ""


KEPT: Final = LogStanding("kept")
"""Also where there is no log to look at: a proof is the same with and without one."""


def primary_gate(
    changed: Mapping[str, str],
    files: tuple[Mapping[str, bytes], Mapping[str, bytes]],
    genomes: tuple[Genome, Genome],
    log: LogStanding,
    *,
    keys_moved: bool,
    by_people: bool,
) -> GateResult:
    """Whether base's files and alleles are all there in the draft, and the log as main knows it.

    `files` and `genomes` are the base's, then the draft's. People may delete and move what is
    theirs, `by_people` and with an approval; alleles nobody deletes. `keys_moved`: the draft has
    the keys of sealed events looked for elsewhere.
    """
    deleted = [
        f"{path} is deleted" for path, change in sorted(changed.items()) if change == "deleted"
    ]
    gone = [f"{SETTINGS} is gone: no genome is without it"] if SETTINGS not in files[1] else []
    wrong = [*gone, *_lost_alleles(*genomes), *([log.told] if log.state == "rewritten" else [])]
    if not by_people:
        wrong += [f"{one}, which only people may" for one in deleted]
        wrong += _lost_comments(changed, *files)
    if wrong:
        return _result(wrong, passed=False)
    reserved = [*deleted]
    if keys_moved:
        reserved.append("the keys of what the log has sealed would be looked for elsewhere")
    if log.state == "other":
        reserved.append(log.told)
    if reserved:
        return _result(reserved, passed=True, approval=True)
    count = sum(len(alleles) for alleles in genomes[0].alleles.values())
    return _result([f"all {count} alleles and every file are kept"], passed=True)


def _result(evidence: Sequence[str], *, passed: bool, approval: bool = False) -> GateResult:
    lines = tuple(evidence[:MAX_EVIDENCE])
    return GateResult(gate="primary data", passed=passed, evidence=lines, approval=approval)


def _lost_alleles(base: Genome, after: Genome) -> Iterator[str]:
    """Registered alleles that are gone or say something else; who names them is told."""
    for locus, alleles in sorted(base.alleles.items()):
        for sha, allele in sorted(alleles.items()):
            if after.alleles.get(locus, {}).get(sha) != allele:
                named = [n for n in base.phenotypes if allele in base.stack(n, locus)]
                who = f", which {', '.join(named)} expresses" if named else ""
                yield f"allele {allele.short} of {locus} is not as it was registered{who}"


def _lost_comments(
    changed: Mapping[str, str], base: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[str]:
    """What people noted in a phenotype is theirs; no other gate would miss it."""
    for path, change in sorted(changed.items()):
        if change == "modified" and path.startswith("phenotypes/"):
            lost = _comments(path, base[path]) - _comments(path, after[path])
            if lost:
                yield f"{path}: the comment `{min(lost)[:80]}` is not kept"


def _comments(path: str, data: bytes) -> Counter[str]:
    document = parse(data.decode(errors="replace"), path).value
    return Counter() if document is None else Counter(map(str.strip, document.comments.values()))
