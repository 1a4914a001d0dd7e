"""Every number that bounds a gene's process: its name, unit, default and reason.

`limits` and `agent_limits` have the others.
"""

from __future__ import annotations

from typing import Final

GENE_WALL_SECONDS: Final = 10.0
"""A gene configures or looks; one that needs longer hangs. Diagnostics may listen for seconds."""
GENE_CPU_SECONDS: Final = 2
"""Parsing JSON and calling operations is milliseconds of work."""
GENE_MEMORY_BYTES: Final = 256 * 1024 * 1024
"""Address space of a gene's process: the interpreter's own 40 MB and room for data."""
GENE_OUTPUT_BYTES: Final = 1024 * 1024
"""A result is a small JSON object; a megabyte is already a mistake."""
GENE_SOURCE_BYTES: Final = 128 * 1024
"""A pure function fits in a few kilobytes."""
GENE_OPERATIONS: Final = 1000
"""Operations per call: flooding the broker is a failure, not a load."""
GENE_MUTATIONS: Final = 256
"""Operations per call that change a world: each costs a durable record of its inverse."""
GENE_REFUSALS_KEPT: Final = 20
"""Refused operations that a trial keeps; more say nothing new about a gene."""
GENE_TALK_BYTES: Final = 64 * 1024 * 1024
"""All that a gene may send in one call: a batch of a projection asks and writes a few megabytes."""
GENE_MESSAGE_BYTES: Final = 256 * 1024
"""One request or answer between a gene and the broker."""
SANDBOX_START_SECONDS: Final = 20.0
"""The zygote imports a small interpreter; a machine that needs longer is not healthy."""
SANDBOX_STOP_SECONDS: Final = 5.0
"""A killed process is gone within a millisecond; after this long the zygote itself is killed."""
GENES_READY: Final = 4
"""Genes forked in advance. Two cores fork one in the time of a call; four take a burst."""
SANDBOX_MEMORY_BYTES: Final = 512 * 1024 * 1024
"""All genes of one zygote together: one that takes all it may, and the pages of those ready."""
SANDBOX_PROCESSES: Final = 16
"""Launcher, zygote, genes ready and the one that runs, twice over. A gene forks none."""
SANDBOX_CPU_SHARE: Final = 1.5
"""Processors: one for the gene, half of one to fork the next."""
SANDBOX_SETTINGS_BYTES: Final = 128 * 1024
"""The first message to the zygote: names of modules, and a filter of some hundred bytes."""
SANDBOX_REPORT_BYTES: Final = 4096
"""What the zygote answers: a few sentences, or two numbers."""
SANDBOX_LAST_WORDS_BYTES: Final = 64 * 1024
"""Of a zygote's standard error, when it fails: what a pipe holds."""
GENE_EXIT_SECONDS: Final = 1.0
"""From a gene's hanging up to its end, before it is killed: a crash needs a moment to be one."""
GENE_CPU_SHARE: Final = 0.5
"""Share of the processor time after which a SIGKILL was the limit's, which samples ticks (11% off
was seen); the only other one is the out-of-memory killer's, and memory fills faster than that."""
GENE_REASON_CHARACTERS: Final = 300
"""What a gene says about its death is one line that a person reads."""
GENE_NESTING: Final = 64
"""Levels of arrays and objects in one message of a gene, far below Python's recursion limit."""
GENE_INTEGER_BITS: Final = 64
"""Width of an integer in a gene's message: every counter and identifier of the kernel fits."""
GENE_SOURCE_DEPTH: Final = 200
"""Levels of a source's syntax tree; ordinary functions have 15, a generated expression 60."""
