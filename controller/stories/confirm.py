"""Confirm: what a search found in the domain's shadow is rehearsed once more on a real kernel.

`evolve` asks before a draft is opened. Where there is no such kernel the search's own judgement
stands, and the outcome says so; proofs never depend on it, for every clone must find the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from controller import twin_limits
from controller.arena.mutation import Candidate
from controller.domains.world import Variation
from controller.ports import Unavailable
from controller.ports.shadows import Shadows
from controller.stories.rehearse import Stage, rehearse


def confirmed(
    stage: Stage, found: Sequence[Candidate], case: Variation, shadows: Shadows | None
) -> tuple[Candidate | None, str | None]:
    """The first of `found` that passes the failing case there, and what to tell of it.

    None with the last complaint if none of those tried does; the first, untried, without shadows.
    """
    if shadows is None:
        return found[0], None
    complaint, tried = "", found[: twin_limits.TWIN_CANDIDATES]
    for candidate in tried:
        try:
            with shadows.shadow(case.observed) as shadow:
                seen = rehearse(stage, candidate.source, case, shadow=shadow)
        except Unavailable as absent:
            return candidate, f"not tried on the twin: {absent.reason}"
        if seen.passed:
            return candidate, "it passed on the twin too"
        complaint = seen.complaint()
    return (
        None,
        f"none of the first {len(tried)} passed: {complaint}",
    )
