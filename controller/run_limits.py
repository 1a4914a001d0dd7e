"""Every number that bounds a run or a plan: name, unit, default and reason. See also limits.py."""

from __future__ import annotations

from typing import Final

RUN_TASKS: Final = 2000
"""Genes that one run may express: a rack's worth of VLANs; more is a loop over the wrong list."""
FUSED_TASKS: Final = 256
"""Tasks of a pathway that one gene may do instead: as many as it may perform operations."""
FUSED_EXAMPLES: Final = 4
"""Cases that a proof draws for an allele of a pathway, each with neighbours that have new names: in
some of them the steps do not work."""
FUSED_DIFFERENCES: Final = 3
"""Differences from what the steps leave that are told: the reader sees what kind they are of."""
RUN_TEXTS_KEPT: Final = 256
"""Pathways of decomposed topologies that are kept parsed: a fleet's, asked for at every step."""
RUN_CONFIRM_SECONDS: Final = 600.0
"""What a task of a run has beyond its own window until its transaction undoes itself: the ten
minutes that Junos gives to `commit confirmed`."""
RUN_DEPTH: Final = 16
"""Pathways inside pathways: the checker refuses circles, and people read three levels."""
PLAN_BATCH_CASES: Final = 40
"""Hosts for which one process is asked: together they stay within a gene's operations and time."""
LIKENESS_NETWORKS: Final = 200
"""Networks of one host whose addresses are renamed to compare it: each has a plain one in 10/8."""
LIKENESS_PREFIX: Final = 16
"""The shortest prefix of such a network: larger ones do not fit beside each other in 10/8."""
