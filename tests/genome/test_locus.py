"""Inputs and outputs held against contracts."""

from __future__ import annotations

import pytest

from controller.domains.world import JsonObject
from controller.genome.locus import (
    input_problems,
    output_problems,
    read_output,
    subject_key,
    with_defaults,
)
from grammar.sg.nodes import GeneContract
from grammar.sg.parse import parse

TEXT = """
gene look_around
  is diagnostic
  risk none

  does:
    Look.

  takes:
    bridge   string    "Which"
    seconds  int = 10  "How long"
    mac      string?   "Which MAC, or all"

  gives:
    healthy  bool     "Is it well"
    moves    move[]   "What moved"
    rate     float?   "How often"

  types:
    move:
      mac    string    "Who"
      ports  string[]  "Where"

  unhealthy when:
    - Anything moves
"""


@pytest.fixture(scope="module")
def contract() -> GeneContract:
    parsed = parse(TEXT, "look.sg")
    assert parsed.value is not None
    return parsed.value.genes[0]


def test_absent_fields_get_their_defaults(contract: GeneContract) -> None:
    assert with_defaults(contract, {"bridge": "br0"}) == {
        "bridge": "br0",
        "seconds": 10,
        "mac": None,
    }


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "input lacks bridge"),
        ({"bridge": 7}, "input.bridge is not a string"),
        ({"bridge": "br0", "seconds": True}, "input.seconds is not a int"),
        ({"bridge": "br0", "seconds": None}, "input.seconds is not a int"),
        ({"bridge": "br0", "birdge": "br0"}, "input has an unknown field birdge"),
    ],
)
def test_a_wrong_input_is_named(contract: GeneContract, values: JsonObject, problem: str) -> None:
    assert problem in input_problems(contract, values)


def test_a_right_input_has_no_problems(contract: GeneContract) -> None:
    assert input_problems(contract, {"bridge": "br0", "mac": None}) == ()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"healthy": True}, "output lacks moves"),
        ({"healthy": "yes", "moves": []}, "output.healthy is not a bool"),
        ({"healthy": True, "moves": {}}, "output.moves is not a list"),
        ({"healthy": True, "moves": [1]}, "output.moves[0] is not a move"),
        ({"healthy": True, "moves": [{"mac": "m"}]}, "output.moves[0] lacks ports"),
        (
            {"healthy": True, "moves": [{"mac": "m", "ports": [1]}]},
            "output.moves[0].ports[0] is not a string",
        ),
    ],
)
def test_a_wrong_output_is_named(contract: GeneContract, values: JsonObject, problem: str) -> None:
    assert problem in output_problems(contract, values)


@pytest.mark.parametrize("text", ["", "nothing", "[1]", "7", "null", "[" * 100_000])
def test_what_is_not_an_object_is_no_output(contract: GeneContract, text: str) -> None:
    assert isinstance(read_output(contract, text), tuple)


def test_an_int_may_stand_for_a_float(contract: GeneContract) -> None:
    assert output_problems(contract, {"healthy": True, "moves": [], "rate": 1}) == ()


def test_a_demand_is_about_the_first_field(contract: GeneContract) -> None:
    assert subject_key(contract, {"seconds": 1, "bridge": "br7"}) == "br7"


BOUNDED = """
gene bundle
  is configuration
  risk low

  does:
    Bundle links.

  takes:
    links  string[2..4]
    more   string[1..]
    pair   int[2]
    any    int[0..1]?
"""

SOUND: JsonObject = {"links": ["a", "b"], "more": ["c"], "pair": [1, 2]}


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"links": ["a"]}, "input.links has 1 items; a string[2..4] has 2 to 4"),
        ({"links": list("abcde")}, "input.links has 5 items; a string[2..4] has 2 to 4"),
        ({"more": []}, "input.more has 0 items; a string[1..] has at least 1"),
        ({"pair": [1]}, "input.pair has 1 items; a int[2] has 2"),
        ({"any": [1, 2]}, "input.any has 2 items; a int[..1]? has 0 to 1"),
    ],
)
def test_a_list_that_is_too_short_or_too_long_is_named(wrong: JsonObject, problem: str) -> None:
    parsed = parse(BOUNDED, "bundle.sg")
    assert parsed.value is not None
    (gene,) = parsed.value.genes
    assert input_problems(gene, SOUND) == ()
    assert input_problems(gene, {**SOUND, **wrong}) == (problem,)
