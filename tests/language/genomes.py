"""Contracts that the tests of the tools share, and folders that hold them."""

from __future__ import annotations

from pathlib import Path

from controller.language.sources import Source, read_source

GENE = """\
gene make_bridge
  is configuration
  risk low

  does:
    Make a bridge.

  takes:
    bridge  string
    ports   string[]
    speed   int = 10  "In gigabits"

  gives:
    success  bool
    error    string?

  before:
    - Bridge {bridge} does not exist

  after:
    - Bridge {bridge} exists

  fails when:
    - it exists already -> success=false

  verify:
    check_bridge name={bridge} ms=100
    within 5s
"""

DIAGNOSTIC = """\
gene check_bridge
  is diagnostic
  risk none

  does:
    Look at a bridge.

  takes:
    name  string     "The bridge"
    ms    int = 300  "How long"

  gives:
    healthy  bool
    seen     sighting[]

  types:
    sighting:
      mac    string
      count  int

  unhealthy when:
    - {healthy} is false

  feeds:
    make_bridge  convergence
"""

SHA = "0123456789ab" + "0" * 52
OTHER_SHA = "cdefcdefcdef" + "1" * 52

PHENOTYPE = """\
phenotype rack
  for server
  nic = [eno1, eno2]

  expresses:
    make_bridge 0123456789ab then cdefcdefcdef
"""


def source(text: str, path: str = "contracts/a.sg") -> Source:
    """A file of this text."""
    return read_source(path, text)


def write(root: Path, files: dict[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def small_genome(root: Path, *, alleles: bool = True) -> Path:
    """A genome of two loci and a phenotype, in no repository."""
    files = {
        "germline.toml": "",
        "contracts/make_bridge.sg": GENE,
        "contracts/check_bridge.sg": DIAGNOSTIC,
    }
    if alleles:
        files["phenotypes/rack.sg"] = PHENOTYPE.replace("  for server\n", "")
        for sha in (SHA, OTHER_SHA):
            files[f"alleles/make_bridge/{sha}.py"] = ""
    return write(root, files)
