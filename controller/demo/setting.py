"""The setting: a genome repository of its own, and the world that the incident happens in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.git_repository import GitRepository
from controller.domains.network.lab import materialise
from controller.domains.network.scenario import Scenario
from controller.domains.network.state import to_json
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.ports import Clock
from controller.shipped import shipped_files
from grammar.sg.edit import with_stack

LOCUS = "bridge_uplink"
PHENOTYPE = "lab"
PHENOTYPE_FILE = "phenotypes/lab.sg"
PERSON = "A person <person@germline.invalid>"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the story takes place. `world` is the world's name in germline.toml."""

    repository: Path
    world: str
    scenario: Scenario


@contextmanager
def simulated(
    path: Path, scenario: Scenario, allele: str | None, clock: Clock
) -> Iterator[Setting]:
    """The story on the simulated kernel."""
    config = f'[worlds.simulated]\nphenotype = "{PHENOTYPE}"\nstate = "hosts/simulated.json"\n'
    _genome(path, scenario, allele, config, clock)
    yield Setting(path, "simulated", scenario)


@contextmanager
def namespaces(
    path: Path, scenario: Scenario, allele: str | None, clock: Clock
) -> Iterator[Setting]:
    """The story in network namespaces of this machine, which end with it. Needs root."""
    prefix = f"germline-{os.getpid()}"
    lab = materialise(scenario.world, prefix)
    try:
        lab.start_traffic()
        world = f"netns:{prefix}-{scenario.world.host}"
        _genome(path, scenario, allele, _namespace_config(scenario, prefix, world), clock)
        yield Setting(path, world, scenario)
    finally:
        lab.close()


def _namespace_config(scenario: Scenario, prefix: str, world: str) -> str:
    others = [node for node in scenario.world.nodes if node.name != scenario.world.host]
    vantages = ", ".join(f'{node.name} = "{prefix}-{node.name}"' for node in others)
    roles = ", ".join(f'{node.name} = "{node.role}"' for node in others)
    return (
        f'[worlds."{world}"]\nphenotype = "{PHENOTYPE}"\n'
        f"vantages = {{ {vantages} }}\nroles = {{ {roles} }}\n"
    )


def _genome(path: Path, scenario: Scenario, allele: str | None, config: str, clock: Clock) -> None:
    files = shipped_files()
    files["germline.toml"] = config.encode()
    files["hosts/simulated.json"] = (json.dumps(to_json(scenario.world), indent=1) + "\n").encode()
    if allele is not None:
        files.update(_with_allele(files, allele))
    GitRepository.create(path, files, "A genome for the demonstration\n", PERSON, clock)


def _with_allele(files: dict[str, bytes], source: str) -> dict[str, bytes]:
    """The files that make a given source the dominant allele, the first fallback kept."""
    sha = name_of(source)
    text = files[PHENOTYPE_FILE].decode()
    fallback = [line for line in text.splitlines() if line.strip().startswith(f"{LOCUS} ")]
    stack = [sha[:12], *fallback[0].partition(" then ")[2].split(", ")[:1]]
    chosen = list(dict.fromkeys(stack))
    return {
        source_path(LOCUS, sha): source.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
        PHENOTYPE_FILE: with_stack(text, PHENOTYPE_FILE, PHENOTYPE, LOCUS, chosen).encode(),
    }
