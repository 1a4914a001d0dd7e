"""A commit, files on disk and an editor are told of the same surroundings, and say the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.domains.network import NETWORK
from controller.genome.genome import compile_genome
from controller.genome.surroundings import surroundings
from controller.language.checking import check_files
from controller.language.editor.workspace import Workspace
from controller.language.on_disk import files_of_genome
from grammar.diagnostic import Diagnostic, Severity
from grammar.report import human
from tests.grammar.samples import document, seed_blocks
from tests.language.genomes import DIAGNOSTIC, GENE, write

TOPOLOGY = """\
topology server for network

  does:
    A server.

  has:
    storage:
      is bond
      mode active-backup
      members [{nic.1}, {nic.2}]

    outer:
      is bridge
      uplink {nic.0}
      mac preserve

    guests:
      is vlan
      trunk storage
      tag 100

  takes:
    nic  string[3..]

  verify:
    check_bridge name=outer
    within 5s
"""

INTENT = """\
intent cellar

  does:
    What stands in the cellar.

  networks:
    office:
      vlan 10
      subnet 10.10.0.0/16

  has:
    2 servers:
      is server
      as rack
      from left_racks
      on office
"""

PHENOTYPE = """\
phenotype rack
  for server
  nic = [eno1, eno2, eno3]
"""

SYSTEM = """\
system "shop" {

  entity order {
    has: total
  }

  when order.created {
    if order.total crosses threshold.patience {
      must: remind(order)
    }
  }
}
"""

FILES = {
    "germline.toml": '[thresholds]\npatience = "20%"\n',
    "hosts/all.yml": "left_racks:\n  hosts:\n    node[1:2]:\nright_racks:\n  hosts:\n    other:\n",
    "hosts/simulated.json": "{}",
    "contracts/make_bridge.sg": GENE.replace("it exists already", "Bridge {bridge} exists"),
    "contracts/check_bridge.sg": DIAGNOSTIC.replace("{healthy} is false", "The moon is full"),
    "contracts/server.sg": TOPOLOGY,
    "contracts/cellar.sg": INTENT,
    "phenotypes/rack.sg": PHENOTYPE,
    "systems/shop.sg": SYSTEM,
}

Said = list[tuple[str, str, int, str | None]]


def told(remarks: tuple[Diagnostic, ...] | list[Diagnostic], root: Path) -> Said:
    """Where, what, and the hint, whatever the paths are relative to."""
    return sorted(
        (
            str((root / one.span.file).relative_to(root)),
            one.code,
            one.span.line,
            one.hint,
        )
        for one in remarks
    )


def by_commit(root: Path) -> Said:
    return told(compile_genome(files_of_genome(root), NETWORK).diagnostics, root)


def by_files(root: Path) -> Said:
    folders = [root / name for name in ("contracts", "phenotypes", "systems")]
    return told(check_files(folders, NETWORK).diagnostics, root)


def by_editor(root: Path) -> Said:
    workspace = Workspace(NETWORK)
    library = workspace.library(str(root / "contracts" / "server.sg"))
    return told(
        [one for found in workspace.diagnose(list(library.texts())).values() for one in found], root
    )


def said(root: Path, files: dict[str, str]) -> Said:
    """What all three say, which must be the same."""
    write(root, files)
    found = by_commit(root)
    assert by_files(root) == found
    assert by_editor(root) == found
    return found


PROSE = ("contracts/check_bridge.sg", "SG-E290", 22)


def test_a_sound_genome_has_no_remark_but_about_its_prose(tmp_path: Path) -> None:
    assert [one[:3] for one in said(tmp_path, FILES)] == [PROSE]


CASES = [
    ("server", "is bridge", "is brigde", "SG-E234", 13, "did you mean `bridge`?"),
    ("server", "mode active-backup", "mod active-backup", "SG-E235", 9, "did you mean `mode`?"),
    ("server", "active-backup", "active-backp", "SG-E236", 9, "did you mean `active-backup`?"),
    ("server", "mac preserve", "mac preserv", "SG-E236", 15, "did you mean `preserve`?"),
    ("server", "trunk storage", "trunk storge", "SG-E232", 19, "did you mean `storage`?"),
    ("server", "      tag 100\n", "", "SG-E237", 17, "add a line `tag …`, of type `int`"),
    ("server", "tag 100", "tag ten", "SG-E226", 20, "`tag` is of type `int`"),
    ("server", "uplink {nic.0}", "uplink {nic.1}", "SG-E249", 14, "`storage` takes it in line 10"),
    ("server", "for network", "for netwrk", "SG-E247", 1, "did you mean `network`?"),
    ("server", "name=outer", "name=outr", "SG-E232", 26, "did you mean `outer`?"),
    ("cellar", "left_racks", "lefft_racks", "SG-E239", 15, "did you mean `left_racks`?"),
    ("cellar", "2 servers", "3 servers", "SG-E244", 12, "add hosts to `left_racks`, or want fewer"),
    ("cellar", "subnet", "subnt", "SG-E235", 9, "did you mean `subnet`?"),
    ("rack", "for server", "for sever", "SG-E233", 2, "did you mean `server`?"),
    ("shop", "threshold.patience", "threshold.patence", "SG-E252", 8, "did you mean `patience`?"),
    ("shop", "crosses threshold.patience", "crosses threshold.patience AND order.total > 5",
     "SG-E254", 8, "one side is a share, the other a number"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[3]} {case[2]!r:.30}")
def test_a_wrong_name_is_an_error_everywhere(
    case: tuple[str, str, str, str, int, str], tmp_path: Path
) -> None:
    name, old, new, code, line, hint = case
    path = next(path for path in FILES if path.endswith(f"/{name}.sg"))
    assert old in FILES[path]
    found = said(tmp_path, {**FILES, path: FILES[path].replace(old, new)})
    assert [one for one in found if one[:3] != PROSE] == [(path, code, line, hint)]


def test_prose_that_is_nearly_a_phrase_names_the_phrase_everywhere(tmp_path: Path) -> None:
    path = "contracts/make_bridge.sg"
    nearly = FILES[path].replace("- Bridge {bridge} exists\n", "- Bridge {bridge} exsts\n")
    found = [one for one in said(tmp_path, {**FILES, path: nearly}) if one[0] == path]
    assert [one[1] for one in found] == ["SG-E290"]
    assert "Bridge {bridge} exists" in str(found[0][3])


def test_an_inventory_that_cannot_be_read_is_an_error_of_the_commit(tmp_path: Path) -> None:
    root = write(tmp_path, {**FILES, "hosts/all.yml": "left_racks: ["})
    codes = [one[1] for one in by_commit(root)]
    assert codes == ["SG-E290", "GN-E006"]
    assert [one[1] for one in by_files(root)] == ["SG-E290"] == [one[1] for one in by_editor(root)]


def test_a_change_of_the_inventory_is_seen_when_the_editor_looks_again(tmp_path: Path) -> None:
    root = write(tmp_path, FILES)
    workspace = Workspace(NETWORK)
    workspace.library(str(root / "contracts" / "cellar.sg"))
    write(root, {"hosts/all.yml": "right_racks:\n  hosts:\n    other:\n"})
    workspace.refresh()
    path = str(root / "contracts" / "cellar.sg")
    assert [one.code for one in workspace.diagnose([path])[path]] == ["SG-E239"]


def test_the_topology_of_the_paper_is_made_of_the_domains_resources() -> None:
    blocks = [text for text in seed_blocks("003") if text.startswith(("topology", "phenotype"))]
    blocks = [text for text in blocks if "└" not in text]
    assert len(blocks) == 2
    around = surroundings(NETWORK, {})
    remarks = around.check([document(text) for text in blocks], {})
    wrong = [one for one in remarks if one.severity is Severity.ERROR]
    # The paper does not show the diagnostics that its topology asks.
    assert {one.code for one in wrong} == {"SG-E222"}, human(wrong)
