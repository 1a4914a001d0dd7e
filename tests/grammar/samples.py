"""Texts that the tests of the language share."""

from __future__ import annotations

from pathlib import Path

import pytest

from grammar.sg.nodes import Document
from grammar.sg.parse import parse

CHECKOUT = Path(__file__).parents[2]
SEEDS = CHECKOUT.parent / "shared" / "seeds"

GENE = """\
gene make_bridge
  is configuration
  risk low

  does:
    Make a bridge.

  takes:
    bridge  string
    ports   string[]

  gives:
    success  bool
    error    string?

  before:
    - Bridge {bridge} does not exist

  fails when:
    - it exists already -> success=false

  verify:
    check_bridge name={bridge}
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
    mac   string?    "Which address"

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

PHENOTYPE = """\
phenotype rack
  for server
  nic = [eno1, eno2]

  expresses:
    make_bridge 0123456789ab then cdefcdefcdef
"""

ALONE = PHENOTYPE.replace("  for server\n", "  # for no topology\n")
"""The same phenotype where nothing defines a topology."""


def document(text: str, file: str = "a.sg") -> Document:
    """The document of a text that has no errors."""
    parsed = parse(text, file)
    assert parsed.value is not None
    assert parsed.ok, parsed.diagnostics
    return parsed.value


def seed_blocks(number: str = "003") -> list[str]:
    """The fenced blocks of a paper that defines the language; skips where it is not kept."""
    if not SEEDS.is_dir():
        pytest.skip("the papers are not beside this checkout")
    (paper,) = SEEDS.glob(f"{number}_*.txt")
    lines = paper.read_text("utf-8").split("\n")
    blocks: list[str] = []
    current: list[str] | None = None
    for line in lines:
        if line.startswith("```"):
            if current is not None:
                blocks.append("\n".join(current) + "\n")
            current = [] if current is None else None
        elif current is not None:
            current.append(line)
    return blocks
