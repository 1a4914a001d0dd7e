"""The edits of one parent: what they change, what they leave alone, in which order they come."""

from __future__ import annotations

import ast
import dataclasses
import random
from textwrap import dedent

import pytest

from controller.arena.admission import ALLOWED_MODULES, admit
from controller.arena.mutation import Candidate, Failure, neighbours
from grammar.sg.nodes import Field, TypeRef
from tests.arena.bridge_world import CATALOGUE, Trial, uplink
from tests.arena.uplink_alleles import ALLELES

ANNOUNCE = "for each address of {bridge}, send_gratuitous_arp({bridge}, address)"


def around(source: str, trial: Trial | None = None, seed: int = 0) -> list[Candidate]:
    """All neighbours of a source in the uplink story."""
    failure = (trial or uplink()).failure(source)
    return list(neighbours(source, failure, CATALOGUE, random.Random(seed)))


def edited(source: str, words: str) -> str:
    """The one neighbour of a source that was made by the edit with these words in it."""
    source = dedent(source).lstrip("\n")
    return next(c.source for c in around(source) if words in c.edits[0])


@pytest.mark.parametrize("style", ALLELES)
def test_every_neighbour_is_admissible_new_and_told_in_words(style: str) -> None:
    found = around(ALLELES[style])
    assert len(found) > 20
    assert len({c.source for c in found} | {ALLELES[style]}) == len(found) + 1
    for candidate in found:
        assert admit(candidate.source, ALLOWED_MODULES) == ()
        assert len(candidate.edits) == 1
        assert candidate.edits[0].strip()


@pytest.mark.parametrize("style", ALLELES)
def test_no_neighbour_speaks_of_the_values_of_this_one_failure(style: str) -> None:
    for candidate in around(ALLELES[style]):
        for value in ("br0", "eth0", "eth1", "vnet0", "10.0.0.2"):
            assert value not in candidate.source


def test_an_insertion_leaves_every_other_line_byte_for_byte() -> None:
    source = ALLELES["plain"]
    inserted = [c for c in around(source) if c.edits[0].startswith(("after line", "before"))]
    assert inserted
    for candidate in inserted:
        lines = iter(candidate.source.splitlines(keepends=True))
        assert all(line in lines for line in source.splitlines(keepends=True))


def test_an_inserted_call_uses_the_names_of_the_source_and_follows_its_comments() -> None:
    found = edited(
        """
        import json
        import gene_sdk as sdk

        def execute(text):
            wanted = json.loads(text)
            where = wanted["bridge"]
            sdk.attach_port(where, wanted["to_nic"])  # joins

            # and back
            return json.dumps({"success": True, "bridge": where})
        """,
        ANNOUNCE,
    )
    assert found == dedent(
        """\
        import json
        import gene_sdk as sdk

        def execute(text):
            wanted = json.loads(text)
            where = wanted["bridge"]
            sdk.attach_port(where, wanted["to_nic"])  # joins
            for address in sdk.addresses(where):
                sdk.send_gratuitous_arp(where, address)

            # and back
            return json.dumps({"success": True, "bridge": where})
        """
    )


def test_work_in_a_returned_expression_is_followed_by_keeping_its_value() -> None:
    found = edited(
        """
        import json, gene_sdk
        def move(d): gene_sdk.attach_port(d["bridge"], d["to_nic"]); return d
        def execute(text): return json.dumps(move(json.loads(text)))  # all at once
        """,
        "before the value is returned: " + ANNOUNCE,
    )
    assert found == dedent(
        """\
        import json, gene_sdk
        def move(d): gene_sdk.attach_port(d["bridge"], d["to_nic"]); return d
        def execute(text):
            result = json.dumps(move(json.loads(text)))  # all at once
            data = json.loads(text)
            for address in gene_sdk.addresses(data["bridge"]):
                gene_sdk.send_gratuitous_arp(data["bridge"], address)
            return result
        """
    )


def test_what_an_inserted_call_needs_is_imported_below_the_other_imports() -> None:
    found = edited(
        '''
        """A gene."""
        from gene_sdk import attach_port

        def execute(text):
            attach_port("b", "n")
            return text
        ''',
        ANNOUNCE,
    )
    assert found == dedent(
        '''\
        """A gene."""
        from gene_sdk import attach_port
        import json
        import gene_sdk

        def execute(text):
            attach_port("b", "n")
            data = json.loads(text)
            for address in gene_sdk.addresses(data["bridge"]):
                gene_sdk.send_gratuitous_arp(data["bridge"], address)
            return text
        '''
    )


def test_a_name_is_used_where_it_is_surely_bound_and_nowhere_else() -> None:
    source = """
        import json
        import gene_sdk

        def execute(text):
            data = json.loads(text)
            if data["to_nic"]:
                place = data["bridge"]
                gene_sdk.attach_port(place, data["to_nic"])
            return json.dumps({"success": True})
        """
    inside = edited(source, "after line 8, in its block: " + ANNOUNCE)
    assert "\n        for address in gene_sdk.addresses(place):\n" in inside
    below = edited(source, "after line 8: " + ANNOUNCE)
    assert '\n    for address in gene_sdk.addresses(data["bridge"]):\n' in below


def test_a_name_that_is_bound_twice_is_not_trusted() -> None:
    found = edited(
        """
        import json
        import gene_sdk

        def execute(text):
            data = json.loads(text)
            bridge = data["bridge"]
            bridge = "other"
            gene_sdk.attach_port(bridge, data["to_nic"])
            return "{}"
        """,
        ANNOUNCE,
    )
    assert 'gene_sdk.addresses(data["bridge"])' in found


def test_a_loop_variable_stands_for_its_kind_inside_the_loop() -> None:
    source = """
        import json
        import gene_sdk

        def execute(text):
            data = json.loads(text)
            for port in gene_sdk.bridge_ports(data["bridge"]):
                gene_sdk.detach_port(data["bridge"], port)
            return "{}"
        """
    found = edited(source, "set_link_state(port, False)")
    assert "\n        gene_sdk.set_link_state(port, False)\n" in found


def test_a_list_in_the_input_is_gone_through_element_by_element() -> None:
    trial = uplink()
    field = Field("nics", TypeRef("string", is_list=True))
    trial.contract = dataclasses.replace(trial.contract, takes=(*trial.contract.takes, field))
    trial.values = {**trial.values, "nics": ["eth0", "eth1"]}
    source = "import json\nimport gene_sdk\ndef execute(t):\n    d = json.loads(t)\n    return t\n"
    found = [c for c in around(source, trial) if "of {nics}, attach_port({bridge}" in c.edits[0]]
    assert '    for interface in d["nics"]:\n' in found[0].source
    assert '        gene_sdk.attach_port(d["bridge"], interface)\n' in found[0].source


def test_a_guarded_return_keeps_its_guard() -> None:
    found = edited(
        """
        import json
        import gene_sdk

        def execute(text):
            data = json.loads(text)
            if not data: return "{}"
            elif data["to_nic"]: gene_sdk.attach_port(data["bridge"], data["to_nic"])
            else: raise ValueError(text)
            return "{}"
        """,
        "after line 7, in its block: " + ANNOUNCE,
    )
    ast.parse(found)
    assert 'elif data["to_nic"]:\n        gene_sdk.attach_port' in found
    assert 'if not data: return "{}"\n' in found


def test_operations_exchanged_take_their_comments_along() -> None:
    found = edited(
        """
        import json
        import gene_sdk

        def execute(text):
            data = json.loads(text)
            # in
            gene_sdk.attach_port(data["bridge"], data["to_nic"])
            # out
            gene_sdk.detach_port(data["bridge"], data["from_nic"])  # gone
            return "{}"
        """,
        "lines 7 and 9 exchanged",
    )
    inner = found.split("loads(text)\n")[1]
    assert inner == (
        '    # out\n    gene_sdk.detach_port(data["bridge"], data["from_nic"])  # gone\n'
        '    # in\n    gene_sdk.attach_port(data["bridge"], data["to_nic"])\n    return "{}"\n'
    )


def test_calls_in_one_expression_can_be_exchanged() -> None:
    source = """
        import json
        import gene_sdk

        def execute(text):
            d = json.loads(text)
            _ = [gene_sdk.attach_port(d["bridge"], d["to_nic"]), gene_sdk.set_mac(d["bridge"], "")]
            return "{}"
        """
    found = edited(source, "line 6: gene_sdk.set_mac")
    assert '[gene_sdk.set_mac(d["bridge"], ""), gene_sdk.attach_port(' in found


def test_an_argument_gives_way_to_others_of_its_kind_only() -> None:
    source = dedent(
        """
        import json
        import gene_sdk

        def execute(text):
            d = json.loads(text)
            gene_sdk.attach_port(d["bridge"], d["from_nic"])
            gene_sdk.set_link_state(interface=d["to_nic"], up=False)
            return "{}"
        """
    )
    told = {c.edits[0] for c in around(source) if " takes " in c.edits[0]}
    assert told == {
        "line 7: attach_port takes {bridge} as interface",
        "line 7: attach_port takes {to_nic} as interface",
        "line 7: attach_port takes bridge and interface exchanged",
        "line 8: set_link_state takes {bridge} as interface",
        "line 8: set_link_state takes {from_nic} as interface",
        "line 8: set_link_state takes True as up",
        "line 8: set_link_state takes interface and up exchanged",
    }


def test_an_operation_that_does_not_exist_becomes_one_that_does() -> None:
    found = edited(
        """
        import json
        import gene_sdk

        def execute(text):
            d = json.loads(text)
            gene_sdk.attach_nic(d["bridge"], d["to_nic"])
            return "{}"
        """,
        "in place of attach_nic",
    )
    assert "gene_sdk.attach_port(" in found


def test_what_the_diagnostics_looked_at_comes_first_then_what_disturbs_less() -> None:
    source = ALLELES["plain"]
    by_facet = around(source, uplink("upstream"))
    assert all("send_gratuitous_arp" in c.edits[0] for c in by_facet[:9])
    about_ports = [c for c in around(source, uplink("ports")) if "after" in c.edits[0]]
    assert all("_port" in c.edits[0] for c in about_ports[:5])
    inserted = [c for c in around(source, uplink("reachability")) if "after" in c.edits[0]]
    order = [
        c.disruption for c in inserted if "add_address" in c.edits[0] or "attach" in c.edits[0]
    ]
    assert order == sorted(order)


def test_the_last_place_on_the_main_path_comes_before_the_others() -> None:
    found = [c.edits[0] for c in around(ALLELES["early returns"]) if ANNOUNCE in c.edits[0]]
    assert found[0].startswith("after line 13:")
    assert len(found) > 3


def test_the_same_seed_gives_the_same_order_and_another_only_shuffles_equals() -> None:
    source = ALLELES["try and except"]
    first, again, other = (around(source, seed=seed) for seed in (7, 7, 8))
    assert first == again
    assert {c.source for c in first} == {c.source for c in other}
    assert [c.disruption for c in first] == [c.disruption for c in other]


def test_an_optional_input_that_was_not_given_is_not_used() -> None:
    trial = uplink()
    trial.values = {**trial.values, "to_nic": None}
    failure: Failure = trial.failure(ALLELES["plain"])
    found = neighbours(failure.source, failure, CATALOGUE, random.Random(0))
    assert not any("{to_nic}" in c.edits[0] for c in found)
