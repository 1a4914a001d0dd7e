"""Sources that nobody would write in good faith, and what the search starts from instead."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.arena.edit_skeleton import skeleton
from controller.arena.mutation import Candidate, neighbours
from grammar.sg.nodes import Family, Field, GeneContract, Risk, TypeDeclaration, TypeRef
from tests.arena.bridge_world import CATALOGUE, uplink


def around(source: str) -> list[Candidate]:
    """All neighbours of a source in the uplink story."""
    return list(neighbours(source, uplink().failure(source), CATALOGUE, random.Random(0)))


UNEDITABLE = {
    "nothing": "",
    "no syntax": "def execute(:\n",
    "no entry": "def run(text):\n    return text\n",
    "async": "async def execute(text):\n    return text\n",
    "no argument": "def execute():\n    return ''\n",
    "a lambda": "execute = lambda text: text\n",
    "a null byte": "def execute(text):\n    return '\0'\n",
    "a surrogate": "def execute(text):\n    return '\ud800'\n",
    "too many bytes": "def execute(text):\n    return text\n" + "#" * 200_000,
    "too many nodes": "def execute(text):\n" + "    a = text\n" * 20_000 + "    return a\n",
    "too many brackets": "def execute(text):\n    return " + "(" * 9000 + ")" * 9000 + "\n",
    "too many signs": "def execute(text):\n    return " + "-" * 60_000 + "1\n",
    "too many terms": "def execute(text):\n    return " + "+".join(["text"] * 20_000) + "\n",
    "a forbidden import": "import os\ndef execute(text):\n    return text\n",
}


@pytest.mark.parametrize("why", UNEDITABLE)
def test_a_source_that_cannot_be_edited_gives_way_to_a_skeleton(why: str) -> None:
    found = around(UNEDITABLE[why])
    assert found[0].source == skeleton(uplink().contract)
    assert len(found[0].edits) == 1
    assert len(found) > 20
    assert all(len(candidate.edits) == 2 for candidate in found[1:])


HOSTILE = {
    "many branches": "import gene_sdk, json\ndef execute(p):\n d = json.loads(p)\n"
    + " if d['bridge']: gene_sdk.attach_port(d['bridge'], d['to_nic'])\n" * 140
    + " return ''\n",
    "deep branches": "import gene_sdk\ndef execute(p):\n"
    + "".join(" " * (depth + 1) + "if p:\n" for depth in range(80))
    + " " * 82
    + "gene_sdk.attach_port('a', 'b')\n",
    "functions in a row": "import gene_sdk\n"
    + "".join(f"def f{i}(x): return f{i + 1}(x)\n" for i in range(250))
    + "def f250(x): return gene_sdk.attach_port(x, x)\ndef execute(p): return f0(p)\n",
    "functions in a circle": "def execute(p): return a(p)\ndef a(p): return b(p)\n"
    "def b(p): return a(p)\n",
    "calls in calls": "import gene_sdk\ndef execute(p):\n return "
    + "gene_sdk.attach_port(" * 60
    + "p"
    + ")" * 60
    + "\n",
    "redefined": "def execute(a, b):\n return 1\ndef execute(p):\n return execute\n",
    "shadowed": "import gene_sdk\ndef execute(gene_sdk):\n return gene_sdk.attach_port('a', 'b')\n",
}


@pytest.mark.parametrize("how", HOSTILE)
def test_hostile_source_gives_admissible_neighbours(how: str) -> None:
    failure = uplink().failure(HOSTILE[how])
    found = neighbours(HOSTILE[how], failure, CATALOGUE, random.Random(0))
    for _, candidate in zip(range(30), found, strict=False):
        assert admit(candidate.source, ALLOWED_MODULES) == ()


PIECES = st.sampled_from(
    [
        "gene_sdk.attach_port(d['bridge'], d['to_nic'])",
        "gene_sdk.detach_port(interface=d['from_nic'], bridge=b)  # out",
        "b = d.get('bridge')",
        "# a remark",
        "",
        "if b: return '{}'",
        "x = 'é\\\nü'; gene_sdk.set_link_state(b, True)",
        "for n in gene_sdk.bridge_ports(b): gene_sdk.detach_port(b, n)",
        "try: gene_sdk.addresses(b)\n    except ValueError: pass\n    finally:\n\n        b = ''",
        "while b:\n      # inside\n      break",
        "def inner(q): return gene_sdk.set_mac(q, q)",
        "inner(b); inner(q=b)",
        "with open(b) as f, inner(b): pass",
        "match b:\n        case 'x': gene_sdk.set_mac(b, b)\n        case _: pass",
        "lambda: (yield)",
        '"""text\n# not a remark\n    """',
    ]
)


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(PIECES, max_size=6), crlf=st.booleans())
def test_any_mixture_of_statements_can_be_edited(pieces: list[str], crlf: bool) -> None:
    body = "".join(f"    {piece}\n" for piece in pieces)
    head = "import json\nimport gene_sdk\ndef execute(p):\n    d = json.loads(p)\n"
    source = f"{head}{body}    return '{{}}'"
    source = source.replace("\n", "\r\n") if crlf else source
    for candidate in around(source):
        assert admit(candidate.source, ALLOWED_MODULES) == ()
        assert candidate.source != source


def test_a_skeleton_gives_back_what_it_took_and_is_empty_otherwise() -> None:
    contract = GeneContract(
        "look",
        Family.DIAGNOSTIC,
        Risk.NONE,
        "",
        takes=(
            Field("bridge", TypeRef("string")),
            Field("limit", TypeRef("int"), default=3, has_default=True),
        ),
        gives=(
            Field("success", TypeRef("bool")),
            Field("healthy", TypeRef("bool")),
            Field("bridge", TypeRef("string")),
            Field("limit", TypeRef("int")),
            Field("moves", TypeRef("move", is_list=True)),
            Field("worst", TypeRef("move")),
            Field("error", TypeRef("string", optional=True)),
            Field("mode", TypeRef("string"), default="plain", has_default=True),
        ),
        types=(
            TypeDeclaration("move", (Field("mac", TypeRef("string")), Field("n", TypeRef("int")))),
        ),
    )
    source = skeleton(contract)
    assert admit(source, ALLOWED_MODULES) == ()
    names: dict[str, object] = {}
    exec(source.replace("import gene_sdk", ""), names)
    execute = names["execute"]
    assert callable(execute)
    result = json.loads(execute('{"bridge": "b"}'))
    assert result == {
        "success": True,
        "healthy": False,
        "bridge": "b",
        "limit": 3,
        "moves": [],
        "worst": {"mac": "", "n": 0},
        "error": None,
        "mode": "plain",
    }
