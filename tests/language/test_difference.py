"""What changed between two genomes, in words, and what it does to callers."""

from __future__ import annotations

import pytest

from controller.language.difference.effect import Effect
from controller.language.difference.genomes import difference
from controller.language.difference.reliance import RULES
from controller.language.difference.snapshots import Snapshot, snapshot
from controller.language.difference.telling import as_json, in_words
from tests.language.genomes import DIAGNOSTIC, GENE, OTHER_SHA, PHENOTYPE, SHA, source

ALLELES = {"make_bridge": (SHA, OTHER_SHA)}
WITH_RECORD = GENE.replace("ports   string[]", "ports   port[]").replace(
    "  before:", "  types:\n    port:\n      name  string\n\n  before:"
)


def state(*texts: str) -> Snapshot:
    sources = [source(text, f"contracts/{index}.sg") for index, text in enumerate(texts)]
    assert [error for one in sources for error in one.errors] == []
    return snapshot(sources, ALLELES)


def found(before: str, after: str) -> list[tuple[str, Effect, str]]:
    changes = difference(state(before), state(after))
    return [(change.kind, change.effect, change.text) for change in changes]


NARROWS, WIDENS, NEITHER = Effect.NARROWS, Effect.WIDENS, Effect.NEITHER

CASES = [
    ("    ports   string[]\n", "    ports   string[]\n    mac     string\n",
     "required input added", NARROWS, "input `mac` is new: string"),
    ("    ports   string[]\n", "    ports   string[]\n    mac     string?\n",
     "optional input added", WIDENS, "input `mac` is new: string?"),
    ("    ports   string[]\n", "", "input removed", NARROWS, "input `ports` is gone"),
    ("ports   string[]", "ports   string[]?", "input made optional", WIDENS,
     "input `ports` is optional; was required"),
    ("ports   string[]", "ports   string[] = []", "input made optional", WIDENS,
     "input `ports` is optional (default []); was required"),
    ("speed   int = 10", "speed   int", "input made required", NARROWS,
     "input `speed` is required; was optional (default 10)"),
    ("speed   int = 10", "speed   int = 40", "default changed", NARROWS,
     "input `speed` is 40 if left out; was 10"),
    ("speed   int = 10", "speed   float = 10", "input type wider", WIDENS,
     "input `speed` is float; was int"),
    ("speed   int = 10", "speed   int? = 10", "input may be null", WIDENS,
     "input `speed` may now be null"),
    ("ports   string[]", "ports   int[]", "input type changed", NARROWS,
     "input `ports` is int[]; was string[]"),
    ("    error    string?\n", "", "output removed", NARROWS, "output `error` is gone"),
    ("    error    string?\n", "    error    string?\n    mac      string\n",
     "output added", WIDENS, "output `mac` is new: string"),
    ("success  bool", "success  bool?", "output made optional", NARROWS,
     "output `success` is optional; was required"),
    ("error    string?", "error    string", "output made certain", WIDENS,
     "output `error` is required; was optional"),
    ("error    string?", "error    int?", "output type changed", NARROWS,
     "output `error` is int?; was string?"),
    ("    - Bridge {bridge} exists\n", "    - Bridge {bridge} exists\n    - It is up\n",
     "after added", WIDENS, "`after:` now says: It is up"),
    ("  after:\n    - Bridge {bridge} exists\n", "", "after removed", NARROWS,
     "`after:` no longer says: Bridge {bridge} exists"),
    ("not exist\n", "not exist\n    - It is up\n", "before added", NARROWS,
     "`before:` now says: It is up"),
    ("  before:\n    - Bridge {bridge} does not exist\n", "", "before removed", WIDENS,
     "`before:` no longer says: Bridge {bridge} does not exist"),
    ("-> success=false", "-> error", "failure changed", NARROWS,
     "`fails when:` it exists already -> error; was success=false"),
    ("within 5s", "within 10s", "window longer", NARROWS, "`verify:` looks within 10s; was 5s"),
    ("within 5s", "within 500ms", "window shorter", WIDENS,
     "`verify:` looks within 500ms; was 5s"),
    ("ms=100", "ms=200", "verify changed", NARROWS,
     "`verify:` calls `check_bridge ms=200 name={bridge}`; "
     "was `check_bridge ms=100 name={bridge}`"),
    ("    within 5s", "    check_port\n    within 5s", "verify added", WIDENS,
     "`verify:` now calls `check_port`"),
    ("risk low", "risk high", "risk changed", NEITHER, "risk high; was low"),
    ("Make a bridge.", "Make it.", "prose changed", NEITHER, "`does:` says something else"),
    ('"In gigabits"', '"In Gbit/s"', "description changed", NEITHER,
     "takes: `speed` is described in other words"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind", "effect", "text"), CASES, ids=lambda v: str(v)[:30])
def test_a_change_of_a_contract_is_named_and_judged(
    old: str, new: str, kind: str, effect: Effect, text: str
) -> None:
    assert old in GENE
    assert found(GENE, GENE.replace(old, new)) == [(kind, effect, text)]


def test_what_only_moved_or_was_commented_has_not_changed() -> None:
    moved = GENE.replace("    bridge  string\n", "    # about it\n    bridge string\n")
    assert found(GENE, f"# a comment\n\n{moved}") == []


def test_a_record_type_is_judged_by_how_it_is_used() -> None:
    wider = WITH_RECORD.replace("name  string", "name  string\n      speed  int?")
    assert found(WITH_RECORD, wider) == [
        ("optional input added", WIDENS, "type `port`: field `speed` is new: int?")
    ]
    given = DIAGNOSTIC.replace("count  int", "count  int?")
    assert found(DIAGNOSTIC, given) == [
        (
            "output made optional",
            NARROWS,
            "type `sighting`: field `count` is optional; was required",
        )
    ]


def test_a_record_type_that_is_used_both_ways_is_judged_by_the_worse() -> None:
    both = WITH_RECORD.replace("success  bool", "success  port")
    without = both.replace("      name  string", "      name  string?")
    assert found(both, without) == [
        ("output made optional", NARROWS, "type `port`: field `name` is optional; was required")
    ]


def test_a_diagnostic_that_rules_out_more_widens_and_feeds_do_neither() -> None:
    stricter = DIAGNOSTIC.replace("{healthy} is false\n", "{healthy} is false\n    - It blinks\n")
    assert found(DIAGNOSTIC, stricter)[0][:2] == ("unhealthy added", WIDENS)
    later = DIAGNOSTIC.replace("convergence", "resilience")
    assert found(DIAGNOSTIC, later) == [
        ("feed changed", NEITHER, "feeds `make_bridge` on resilience; was convergence")
    ]


def test_loci_come_and_go() -> None:
    changes = difference(state(GENE), state(DIAGNOSTIC))
    assert [(change.subject, change.kind) for change in changes] == [
        ("gene check_bridge", "locus added"),
        ("gene make_bridge", "locus removed"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("0123456789ab then cdefcdefcdef", "cdefcdefcdef then 0123456789ab",
         "`make_bridge` in rack now expresses cdefcdefcdef…; was 0123456789ab…"),
        (" then cdefcdefcdef", "",
         "`make_bridge` in rack now falls back to nothing; was cdefcdefcdef…"),
        ("  expresses:\n    make_bridge 0123456789ab then cdefcdefcdef\n", "",
         "`make_bridge` in rack is not expressed any more; was 0123456789ab…"),
        ("nic = [eno1, eno2]", "nic = [eno1]", "`nic` is now [eno1]; was [eno1, eno2]"),
        ("  for server\n", "", "is for no topology; was for `server`"),
    ],
)  # fmt: skip
def test_a_change_of_a_phenotype_is_told_in_words(old: str, new: str, text: str) -> None:
    assert [one[1:] for one in found(PHENOTYPE, PHENOTYPE.replace(old, new))] == [(NEITHER, text)]


def test_more_digits_of_the_same_allele_are_no_change() -> None:
    assert found(PHENOTYPE, PHENOTYPE.replace("0123456789ab", SHA)) == []


def test_alleles_that_were_added_are_named() -> None:
    after = Snapshot({}, {"make_bridge": (SHA, OTHER_SHA)})
    (change,) = difference(Snapshot({}, {"make_bridge": (SHA,)}), after)
    assert (change.subject, change.text) == (
        "alleles of make_bridge",
        "allele cdefcdefcdef… is new",
    )


def test_the_words_end_with_a_verdict() -> None:
    narrowed = difference(state(GENE), state(GENE.replace("within 5s", "within 9s")))
    assert in_words(narrowed)[0] == "gene make_bridge"
    assert in_words(narrowed)[-1] == "Narrows what callers may rely on: gene make_bridge."
    widened = difference(state(GENE), state(GENE.replace("within 5s", "within 1s")))
    assert in_words(widened)[-1] == "Only widens what callers may rely on."
    assert in_words(()) == ["Nothing changed in contracts, phenotypes or alleles."]
    told = as_json("a", "b", narrowed)
    assert (told["narrows"], told["widens"]) == (True, False)


def test_every_rule_gives_a_reason() -> None:
    assert all(len(rule.reason.split()) > 3 for rule in RULES.values())
