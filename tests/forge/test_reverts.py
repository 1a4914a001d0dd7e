"""What failed on a healthy host is taken back on the forge's main as well."""

from __future__ import annotations

from controller.demo.setting import LOCUS, PHENOTYPE
from controller.genome.allele import Lineage, lineage_path, name_of, source_path
from grammar.sg.edit import with_stack
from tests.fleet import people
from tests.forge.conftest import Publish, on_one_forge

RAISES = """
def execute(input_json: str) -> str:
    raise ValueError("not here")
"""


@on_one_forge
def test_an_automatic_revert_is_a_pull_request_that_is_merged_there_and_pushed(
    publish: Publish,
) -> None:
    at = publish(risk="medium")
    at.on.ask()
    at.settle()
    healthy = at.on.dominant()
    path, sha = f"phenotypes/{PHENOTYPE}.sg", name_of(RAISES)
    text = at.on.main().files[path].decode()
    files = {
        source_path(LOCUS, sha): RAISES.encode(),
        lineage_path(LOCUS, sha): Lineage(locus=LOCUS, engine="person").to_bytes(),
        path: with_stack(text, path, PHENOTYPE, LOCUS, [sha[:12], healthy[:12]]).encode(),
    }
    merge = people.merge(at.on.path, files, "a person's allele")
    people.git(at.on.path, "push", "-q", str(at.project.path), "main")
    assert at.settle().troubles == ()
    assert at.on.dominant() == healthy
    assert at.project.tip("main") == at.on.organism.repository.main()
    reverted = at.project.pulls[2]
    assert reverted.title.endswith('Revert "Merge: a person\'s allele"')
    assert f"This reverts commit {merge}" in reverted.body
    assert at.project.drafts() == []
