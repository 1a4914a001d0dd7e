"""What the contracts of a genome may name that no contract defines, and how they are held to it.

Everybody who checks contracts (a commit's, files on disk, an editor's) asks `surroundings` and
then `Surroundings.check`, so that all of them say the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from controller import limits
from controller.domains.records import RECORDS
from controller.domains.understanding import understood
from controller.domains.world import Domain
from controller.genome.inventory import Groups, is_inventory, read_inventory
from controller.genome.prose import with_nearest
from grammar.diagnostic import Diagnostic
from grammar.sg.check import check
from grammar.sg.nodes import Document
from grammar.sg.vocabulary import UNKNOWN, Vocabulary
from grammar.system.fragment import parse_fragment
from grammar.system.nodes import Constant, Threshold

SETTINGS = "germline.toml"
"""The file whose `[thresholds]` systems may name."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A domain's phrases, kinds of resources and name; the inventory's groups; thresholds.

    `host_groups` is None where there is no inventory that could be gone by.
    """

    executable: Callable[[str], bool]
    nearest: Callable[[str], str | None]
    domains: tuple[str, ...] = ()
    vocabulary: Vocabulary = field(default_factory=lambda: UNKNOWN)
    host_groups: Groups | None = None
    thresholds: Mapping[str, Constant] = field(default_factory=dict)
    remarks: tuple[Diagnostic, ...] = ()
    """What is wrong with the inventory itself."""

    def check(
        self, documents: Sequence[Document], alleles: Mapping[str, Collection[str]]
    ) -> tuple[Diagnostic, ...]:
        """What is wrong between documents; `alleles` maps a locus to whole hashes."""
        said = check(
            documents,
            alleles,
            self.executable,
            vocabulary=self.vocabulary,
            host_groups=self.host_groups,
            domains=self.domains,
            thresholds=self.thresholds,
        )
        return with_nearest(said, self.nearest)


def is_surrounding(path: str) -> bool:
    """True for the path of a file of a genome that `surroundings` reads."""
    return path == SETTINGS or is_inventory(path)


def surroundings(domain: Domain, files: Mapping[str, bytes]) -> Surroundings:
    """What surrounds the contracts of a genome, by its domain and its files.

    Without files, as where contracts lie in no genome, the domain alone speaks.
    """
    groups, remarks = read_inventory(files)
    return Surroundings(
        executable=understood(domain),
        nearest=domain.nearest,
        domains=tuple(dict.fromkeys((domain.name, RECORDS.name))),
        vocabulary=domain.vocabulary,
        host_groups=groups,
        thresholds=thresholds_of(files),
        remarks=remarks,
    )


def thresholds_of(files: Mapping[str, bytes]) -> Mapping[str, Constant]:
    """The thresholds that can be read; what is wrong with the file is said where it is read."""
    try:
        table = tomllib.loads(files.get(SETTINGS, b"").decode()).get("thresholds")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    given = table.items() if isinstance(table, dict) else ()
    read = ((name, threshold(name, value)) for name, value in given)
    return {name: value for name, value in read if value is not None}


def threshold(name: str, value: object) -> Constant | None:
    """`45`, `"20%"` or `"30s"` as what a system's own `threshold` line would say; None if not."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return _constant(name, str(value))


@lru_cache(limits.THRESHOLDS_CACHED)
def _constant(name: str, value: str) -> Constant | None:
    parsed = parse_fragment(f"threshold {name} = {value}", SETTINGS)
    (found,) = parsed.value if parsed.ok and parsed.value and len(parsed.value) == 1 else (None,)
    return found.value if isinstance(found, Threshold) and found.name == name else None
