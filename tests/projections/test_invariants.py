"""The gate "invariants": drafts that change projections or systems, held against a real log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from controller.domains.world import JsonObject
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from controller.history.event import Event, Occurrence
from controller.membrane.proof import GateResult, Proof
from controller.stories.invariants_gate import invariants_gate
from controller.stories.keep_projection import keep_projections
from controller.stories.mainline import inspect_files
from controller.stories.merge import note_opened, prove_draft
from grammar.sg.edit import with_stack
from tests.projections.office import LOCUS, PERSON, PHENOTYPE, START, Office, altered, office

SYSTEM = "systems/office.sg"
COUNTED = "every(customer.calls) <= customers(customer).interactions"
DOCUMENT = """\
system "office" {{
  entity customer {{
    has: calls
  }}
  always {{
    assert: {0}
  }}
}}
"""
HAPPENED: tuple[tuple[str, str, JsonObject], ...] = (
    ("customer.registered", "c1", {"name": "Ann", "company": "one", "calls": 0}),
    ("customer.registered", "c2", {"name": "Ben", "company": "one", "calls": 0}),
    ("interaction.logged", "c1", {"kind": "call", "minutes": 9, "notes": "long"}),
    ("customer.counted", "c1", {"calls": 1}),
    ("interaction.logged", "c2", {"kind": "call", "minutes": 2, "notes": "short"}),
    ("customer.counted", "c2", {"calls": 1}),
    ("interaction.logged", "c2", {"kind": "call", "minutes": 3, "notes": "later"}),
    ("interaction.logged", "c1", {"kind": "call", "notes": "nobody looked at the clock"}),
)


@contextmanager
def house(path: Path, claim: str = COUNTED) -> Iterator[Office]:
    """The office with a system over its projection, and with what happened in its log."""
    with office(path, 0) as made:
        document = DOCUMENT.format(claim).encode()
        made.organism.repository.commit_main({SYSTEM: document}, "A system", PERSON)
        made.organism.log.append(
            [
                Occurrence(kind, who, data, START + timedelta(seconds=second), None, "person:ada")
                for second, (kind, who, data) in enumerate(HAPPENED)
            ]
        )
        yield made


def proved(made: Office, source: str) -> Proof:
    """The proof of a draft that has the projection built by another source."""
    sha = name_of(source)
    text = made.main().files[PHENOTYPE].decode()
    changes = {
        source_path(LOCUS, sha): source.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
        PHENOTYPE: with_stack(text, PHENOTYPE, "crm", LOCUS, [sha[:12]]).encode(),
    }
    return proof_of(made, changes)


def proof_of(made: Office, changes: Mapping[str, bytes]) -> Proof:
    repository = made.organism.repository
    name = f"draft/person/try-{len(repository.drafts())}"
    draft = repository.propose(name, repository.main(), changes, "A try\n", PERSON)
    note_opened(made.organism.membrane, draft)
    return prove_draft(made.organism.membrane, draft)


def gate(proof: Proof) -> GateResult:
    (found,) = [one for one in proof.gates if one.gate == "invariants"]
    return found


def event(made: Office, kind: str, subject: str) -> Event:
    return next(e for e in made.events(kind) if e.subject == subject)


def test_a_projection_that_answers_alike_passes(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        source = made.builder("relational").allele.source
        found = gate(proved(made, f"{source}\n# the same, but newer\n"))
        assert found.passed
        assert not found.approval
        assert found.evidence[0].startswith("1 systems and 1 projections over 8 events")


def test_an_invariant_that_a_projection_breaks_is_told_with_the_event_that_first_breaks_it(
    tmp_path: Path,
) -> None:
    with house(tmp_path / "genome") as made:
        source = altered(made, '["interactions"] += 1', '["interactions"] += data["minutes"] > 5')
        source = source.replace('data["minutes"] > 5', 'data.get("minutes", 0) > 5')
        proof = proved(made, source)
        since = event(made, "customer.counted", "c2")
        assert not proof.passed
        assert gate(proof).evidence == (
            f"office: `{COUNTED}` does not hold of customer c2 since event {since.id[:12]} "
            "(customer.counted)",
        )


def test_an_event_that_a_projection_dies_of_is_told(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        source = altered(made, 'data.get("minutes", 0)', 'data["minutes"]')
        died = made.events("interaction.logged")[-1]
        (told,) = gate(proved(made, source)).evidence
        assert f"stops at event {died.id[:12]} (interaction.logged): exception" in told


def test_data_that_a_projection_loses_is_told_by_its_fields(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        source = altered(made, '"row": data, "events": [name]', '"row": {}, "events": [name]')
        found = gate(proved(made, source))
        assert not found.passed
        assert "data points: " in found.evidence[0]
        assert "interaction.kind" in found.evidence[0]


def test_what_does_not_hold_on_main_either_is_no_objection(tmp_path: Path) -> None:
    claim = "every(customer.calls) > customers(customer).interactions"
    with house(tmp_path / "genome", claim) as made:
        source = made.builder("relational").allele.source
        assert gate(proved(made, f"{source}\n# the same, but newer\n")).passed


@pytest.mark.parametrize("other", ["relational", "graph"])
def test_proving_twice_gives_the_same_bytes(tmp_path: Path, other: str) -> None:
    with house(tmp_path / "genome") as made:
        source = f"{made.builder(other).allele.source}\n# newer\n"
        first = proved(made, source)
        (draft,) = made.organism.repository.drafts()
        keep_projections(made.organism.projector, made.main(), lambda _, act: act())
        assert made.events("projection.promoted")  # the log has grown by what is no news to it
        assert prove_draft(made.organism.membrane, draft).statement() == first.statement()


def test_a_draft_that_changes_neither_does_not_read_the_log(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        source = f"{made.builder('relational').allele.source}\n# not expressed\n"
        sha = name_of(source)
        found = proof_of(
            made,
            {
                source_path(LOCUS, sha): source.encode(),
                lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
            },
        )
        assert gate(found).evidence == ("no system and no projection changes",)


def told(made: Office, document: str) -> GateResult:
    """The gate on a draft that has the system say something else."""
    main = made.main()
    files = {**main.files, SYSTEM: document.encode()}
    after = inspect_files("draft", files, made.organism.hands.bench.domain).value
    assert after is not None
    return invariants_gate(made.organism.projector, main, after)


def test_what_a_new_rule_finds_in_the_past_is_for_a_person_to_approve(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        stricter = "every(customer.calls) >= customers(customer).interactions"
        found = told(made, DOCUMENT.format(stricter))
        assert found.passed
        assert found.approval
        since = event(made, "interaction.logged", "c1")
        assert (
            f"`{stricter}` does not hold of customer c1 since event {since.id[:12]}"
            in (found.evidence[0])
        )
        assert not told(made, DOCUMENT.format("every(customer.calls) >= 0")).approval


def test_where_a_system_shreds_nobody_is_named(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        document = DOCUMENT.format("every(customer.calls) > 7").replace(
            "has: calls", "has: calls\n    rule: deletion_means_crypto_shred"
        )
        found = told(made, document)
        assert found.approval
        assert "does not hold of customer one since event" in found.evidence[0]
        assert not any("c1" in line.split(" since ")[0] for line in found.evidence)


def test_without_the_log_a_proof_leaves_it_to_whoever_has_it(tmp_path: Path) -> None:
    with house(tmp_path / "genome") as made:
        main = made.main()
        files = {**main.files, SYSTEM: DOCUMENT.format("every(customer.calls) > 7").encode()}
        after = inspect_files("draft", files, made.organism.hands.bench.domain).value
        assert after is not None
        assert invariants_gate(None, main, after).evidence == ("left to a clone that has the log",)
