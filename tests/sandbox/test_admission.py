"""Which sources may enter the genome: whatever the text, an answer and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.gene_limits import GENE_SOURCE_BYTES

EXECUTE = "def execute(input_json):\n    return input_json\n"


@pytest.mark.parametrize(
    "source",
    [
        EXECUTE,
        "def execute(input_json: str, /) -> str:\n    return input_json\n",
        "def execute(text, retries=3):\n    return text\n",
        "def execute(*texts):\n    return ''\n" + EXECUTE,
        "# -*- coding: utf-8 -*-\nimport json, re\nfrom gene_sdk import Refused\n" + EXECUTE,
        "from __future__ import annotations\nimport collections.abc as c\n" + EXECUTE,
        "text = 'é 漢 \N{DNA DOUBLE HELIX} \\d'\n" + EXECUTE,
    ],
)
def test_an_ordinary_gene_is_admitted(source: str) -> None:
    assert admit(source, ALLOWED_MODULES) == ()


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "it does not define execute(input_json) at the top level"),
        ("if True:\n    " + EXECUTE.replace("\n", "\n    "), "it does not define execute"),
        ("execute = str\n", "it does not define execute"),
        ("async " + EXECUTE, "line 1: execute must not be async"),
        ("def execute():\n    return ''\n", "line 1: execute must take exactly one argument"),
        ("def execute(a, b):\n    return a\n", "line 1: execute must take exactly one argument"),
        ("def execute(a, *, b):\n    return a\n", "line 1: execute must take exactly one"),
        ("import os\n" + EXECUTE, "line 1: a gene cannot import os"),
        (EXECUTE + "    import json, subprocess as s\n", "line 3: a gene cannot import subprocess"),
        ("from os import path\n" + EXECUTE, "line 1: a gene cannot import os"),
        ("from . import sibling\n" + EXECUTE, "line 1: a gene cannot import ."),
        ("from .json import x\n" + EXECUTE, "line 1: a gene cannot import .json"),
        ("import time\n" + EXECUTE, "line 1: a gene cannot import time"),
        ("def execute(a)\n", "line 1: expected ':'"),
        (EXECUTE + "\0", "it contains the character U+0000"),
        (EXECUTE + "# \r", "it contains the character U+000D"),
        (EXECUTE + "'\x1b[2J'", "it contains the character U+001B"),
        (EXECUTE + "'\u202e'", "it contains the character U+202E"),
        (EXECUTE + "'\ud800'", "it contains the character U+D800"),
        ("# coding: rot13\n" + EXECUTE, "it declares the encoding rot13; a gene is UTF-8"),
        ("\n#vim: set fileencoding=latin-1 :\n" + EXECUTE, "it declares the encoding latin-1"),
        ("#" * (GENE_SOURCE_BYTES + 1), f"{GENE_SOURCE_BYTES + 1} bytes are more than a gene's"),
        ("é" * GENE_SOURCE_BYTES, f"{2 * GENE_SOURCE_BYTES} bytes are more than a gene's"),
    ],
)
def test_what_could_not_work_or_not_be_read_is_named(source: str, problem: str) -> None:
    (found,) = admit(source, ALLOWED_MODULES)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 1000,
        "[" * 100 + "]" * 100,
        "x = " + "-" * 100_000 + "1",
        "x = " + "not " * 30_000 + "1",
        "x = " + "1+" * 60_000 + "1",
        "x = a" + ".a" * 60_000,
        "x = a" + "()" * 60_000,
        "x = " + "lambda: " * 10_000 + "0",
        "x = " + "9" * 100_000,
        "x = f'" + "{f'" * 50,
        "".join(" " * depth + "if 1:\n" for depth in range(300)),
        "if a: pass\n" + "elif a: pass\n" * 9_000,
        "x = " + "{1:" * 150 + "1" + "}" * 150,
        "a" * GENE_SOURCE_BYTES,
    ],
)
def test_a_source_made_to_break_parsers_is_refused(bomb: str) -> None:
    assert admit(bomb, ALLOWED_MODULES)


def test_several_problems_are_all_named() -> None:
    assert admit("import os\nimport sys\n", frozenset({"json"})) == (
        "it does not define execute(input_json) at the top level",
        "line 1: a gene cannot import os",
        "line 2: a gene cannot import sys",
    )


def test_only_the_modules_that_are_given_count() -> None:
    assert admit("import json\n" + EXECUTE, frozenset()) == ("line 1: a gene cannot import json",)
    assert admit("import os.path\n" + EXECUTE, frozenset({"os"})) == ()


@given(st.text(st.characters(categories=None)) | st.text("()[]{}:=,.\n \tdefx1'\"@*-+lambda#\\"))
def test_no_text_makes_it_raise(source: str) -> None:
    assert isinstance(admit(source, ALLOWED_MODULES), tuple)
    assert isinstance(admit(source + "\n" + EXECUTE, ALLOWED_MODULES), tuple)
