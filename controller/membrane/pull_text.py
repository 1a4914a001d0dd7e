"""What a pull request says to its reviewer: pure, from what main, the draft and its proof say.

Called by `stories/pull_story`. The text ends with a mark that is the hash of the rest, so that a
text that a person has edited is recognised and left alone.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from controller import forge_limits
from controller.genome.allele import PREFIX_DIGITS, Allele, Failure
from controller.membrane.proof import GateResult, Proof

_MARK: Final = re.compile(r"\n*<!-- germline ([0-9a-f]{16}) -->\s*\Z")
_TRAILER: Final = re.compile(r"Germline-[A-Za-z]+: ")


@dataclass(frozen=True, slots=True)
class PullText:
    """What a pull request says: a title without any mark of a draft, Markdown, labels."""

    title: str
    body: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Promotion:
    """What one phenotype expresses at one locus: SHAs before and after, dominant first."""

    phenotype: str
    locus: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a pull request tells of. `allele` is the one that rises, `parent` its first one."""

    name: str
    message: str
    changed: Mapping[str, str]
    promotions: tuple[Promotion, ...]
    allele: Allele | None
    parent: Allele | None
    risk: str
    standing: str
    proof: Proof | None


def pull_text(subject: Subject) -> PullText:
    """Title, body and labels."""
    title, _, rest = subject.message.partition("\n")
    failure = subject.allele.lineage.failure if subject.allele else None
    sections = [
        "\n".join(line for line in rest.splitlines() if not _TRAILER.match(line)).strip(),
        _failure(failure) if failure else "",
        _changes(subject),
        f"## Risk\n\n**{subject.risk}**. {subject.standing}",
        proof_section(subject.proof),
        _way_back(subject.name),
    ]
    kind = subject.name.split("/")[1]
    body = _bounded("\n\n".join(section for section in sections if section))
    return PullText(title, _marked(title, body), ("germline", kind, f"risk: {subject.risk}"))


def is_ours(title: str, body: str) -> bool:
    """True if nobody has edited a text of `pull_text` since."""
    found = _MARK.search(body.replace("\r\n", "\n"))
    return found is not None and found.group(1) == _hash(title, _MARK.sub("", body))


def _marked(title: str, body: str) -> str:
    return f"{body}\n\n<!-- germline {_hash(title, body)} -->"


def _hash(title: str, body: str) -> str:
    text = "\n".join(line.rstrip() for line in body.strip().splitlines())
    return hashlib.sha256(f"{title.strip()}\n{text}".encode()).hexdigest()[:16]


def _failure(failure: Failure) -> str:
    lines = [
        "## What failed",
        "",
        f"In `{failure.world}`, asked for {_code(json.dumps(failure.input))}"
        + (f", it ended with {_code(failure.error)}." if failure.error else "."),
    ]
    for locus, report in failure.reports.items():
        lines.append(f"- `{locus}` looked and said {_code(json.dumps(report))}")
    lines += [
        "",
        f"The event is `{failure.event[:PREFIX_DIGITS]}`: `germline events show` tells more.",
    ]
    return "\n".join(lines)


def _changes(subject: Subject) -> str:
    lines = ["## What changes", ""]
    if subject.promotions:
        lines += ["| phenotype | locus | expressed so far | then |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{one.phenotype}` | `{one.locus}` | {_stack(one.before)} | {_stack(one.after)} |"
            for one in subject.promotions
        ]
        lines.append("")
    lines += [f"- {change} `{path}`" for path, change in sorted(subject.changed.items())]
    if subject.allele is not None and subject.parent is not None:
        lines += ["", *_difference(subject.parent, subject.allele)]
    return "\n".join(lines)


def _difference(parent: Allele, allele: Allele) -> list[str]:
    made = difflib.unified_diff(
        parent.source.splitlines(),
        allele.source.splitlines(),
        parent.short,
        allele.short,
        lineterm="",
        n=2,
    )
    lines = list(made)
    shown = lines[: forge_limits.FORGE_ALLELE_LINES]
    more = [f"… {len(lines) - len(shown)} more lines"] if len(lines) > len(shown) else []
    return ["````diff", *shown, *more, "````"] if shown else []


def proof_section(proof: Proof | None) -> str:
    """A proof as Markdown: a row for each gate."""
    if proof is None:
        return "## Proof\n\nNone yet: this commit waits to be held against the gates."
    head = f"Of tree `{proof.tree[:12]}` on base `{proof.base[:12]}`, and of no other."
    rows = [
        f"| {gate.gate} | {_mark(gate)} | {_cell('; '.join(gate.evidence))} |"
        for gate in proof.gates
    ]
    return "\n".join(
        ["## Proof", "", head, "", "| gate | | evidence |", "| --- | --- | --- |", *rows]
    )


def _mark(gate: GateResult) -> str:
    if not gate.passed:
        return "**failed**"
    return "**a person decides**" if gate.approval else "passed"


def _way_back(name: str) -> str:
    return (
        "## Saying no, and taking it back\n\n"
        "Close this to say no: what it offers is not offered again. A commit that you add to "
        f"`{name}` is proved anew. Once merged, `git revert -m 1` of the merge brings back what "
        "was expressed before, at the next pass."
    )


def _stack(shas: tuple[str, ...]) -> str:
    return ", ".join(f"`{sha[:PREFIX_DIGITS]}`" for sha in shas) or "nothing"


def _code(text: str) -> str:
    """As code, so that nobody is mentioned and nothing is formatted by accident."""
    line = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _cell(text: str) -> str:
    return _code(text).replace("|", "\\|")


def _bounded(body: str) -> str:
    bound = forge_limits.FORGE_BODY_CHARACTERS
    return (
        body if len(body) <= bound else body[:bound] + "\n\n… cut; `germline draft show` has all."
    )
