"""Every number that bounds a run or a plan: name, unit, default and reason. See also limits.py."""

from __future__ import annotations

from typing import Final

RUN_TASKS: Final = 2000
"""Genes that one run may express: a rack's worth of VLANs; more is a loop over the wrong list."""
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
