"""Whether a diagnostic may be believed: its claim held against its contract's own sentences.

`express` asks here for every diagnostic, live and in rehearsals. Each executable sentence under
`unhealthy when:` is judged by what the world told the diagnostic and by the world observed
before and after it ran. The claim is no evidence

- if it is healthy although one of the sentences holds;
- if it is unhealthy, without an error in looking, although every sentence could be judged and
  none of them holds.

A sentence that is prose, or that nobody can judge from what is known, speaks against no claim:
the rule gives the benefit of the doubt, for a false alarm would silence a good diagnostic.
"""

from __future__ import annotations

from dataclasses import dataclass

from controller.domains.world import Answer, Domain, JsonObject, Judgement
from grammar.sg.nodes import GeneContract


@dataclass(frozen=True, slots=True)
class Testimony:
    """What a diagnostic took and gave, and the world around it.

    `before` and `now` are the states observed before and after it ran, `answers` what the world
    told it in between.
    """

    values: JsonObject
    output: JsonObject
    before: JsonObject
    now: JsonObject
    answers: tuple[Answer, ...]


def symptoms(
    domain: Domain, contract: GeneContract, seen: Testimony
) -> tuple[Judgement | None, ...]:
    """The judgement of each sentence under `unhealthy when:`; None where nobody can tell."""
    told = {**seen.values, **seen.output}
    return tuple(
        domain.judge(sentence.text, told, seen.before, seen.now, seen.answers)
        for sentence in contract.unhealthy_when
    )


def contradiction(output: JsonObject, judged: tuple[Judgement | None, ...]) -> str | None:
    """Why a claim of health cannot be right by the `symptoms`, in one line; None if it may be."""
    claim = output.get("healthy")
    if not judged or not isinstance(claim, bool):
        return None
    holding = [j for j in judged if j is not None and j.holds]
    if claim and holding:
        found = "; ".join(f"{j.sentence} — {j.detail}" for j in holding)
        return f"it says healthy, but: {found}"
    if claim or holding or None in judged or output.get("error"):
        return None
    found = "; ".join(j.detail for j in judged if j is not None)
    return f"it says unhealthy, but nothing under `unhealthy when:` holds: {found}"
