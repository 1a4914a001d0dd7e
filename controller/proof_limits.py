"""What bounds the gates of a proof: names, units, reasons, as in `limits`."""

from __future__ import annotations

from typing import Final

RADIUS_NAMES: Final = 6
"""Names of one kind that the gate "blast radius" tells; of more it tells the number."""
RADIUS_HOSTS: Final = 100
"""Hosts that are within the bound whatever their share: a fleet of one kind is healed by itself,
canary first, as long as a person could still look after each host."""
PERFORMANCE_CASES: Final = 3
"""Drawn situations in which a candidate is held against the dominant: one is chance, and each
costs two calls of genes."""
PERFORMANCE_FACTOR: Final = 2.0
"""Operations of a candidate for each of the dominant's: a repair looks twice where one looked."""
PERFORMANCE_ALLOWANCE: Final = 8
"""Operations a case beyond the factor: of three operations one more query is no decline."""
PROOF_EVENTS: Final = 50_000
"""Events of the log, its first ones, that a draft's projections are built from: some seconds."""
PROOF_SUBJECTS: Final = 100
"""Things of one entity that a projection is asked about, by rank of their hashes."""
PROOF_VIOLATIONS: Final = 3
"""New violations told with the event that first breaks them: each is a search through the log."""
PROOF_PREFIXES: Final = 64
"""Events about one thing after each of which a rule is looked at again, the first ones."""
LOG_ANCHOR_COMMITS: Final = 200
"""Commits of main searched for the latest merge that names the log's tip: weeks of merges."""
