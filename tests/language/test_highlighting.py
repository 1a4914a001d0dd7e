"""Both highlighters know every word of the language's tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grammar.sg.composition import Remedy
from grammar.sg.forms import DOES, HEADINGS, KEYWORDS, SECTIONS
from grammar.sg.nodes import BASE_TYPES, Family, Risk, Timescale
from grammar.sg.parse import KINDS
from grammar.system import keywords

EDITORS = Path(__file__).parents[2] / "editors"
EXTENSION = EDITORS / "vscode"
GRAMMAR = EXTENSION / "syntaxes" / "sg.tmLanguage.json"
VIM = EDITORS / "vim" / "syntax" / "sg.vim"

LINES = {
    **{kind: f"{kind} name" for kind in HEADINGS},
    "system": 'system "Name" {',
    "language": "language 1",
    **{section: f"  {section}:" for section in (DOES, *SECTIONS)},
    **{word: f"  {word} name" for word in KEYWORDS},
    "is": "  is diagnostic",
    "risk": "  risk low",
    "within": "    within 30s",
    "then": "    locus 0123456789ab then 0123456789ab",
    **{family.value: f"  is {family.value}" for family in Family},
    **{risk.value: f"  risk {risk.value}" for risk in Risk},
    **{scale.value: f"    locus  {scale.value}" for scale in Timescale},
    **{kind: f"    name  {kind}" for kind in BASE_TYPES},
    **{remedy.value: f"    {remedy.value}" for remedy in Remedy},
}
"""Word → a line that it stands on."""

IN_SYSTEM = {
    **{word: f"  {word} name {{" for word in (*keywords.BLOCKS[1:], *keywords.PLAIN)},
    **{word: f"    {word}: name" for word in keywords.LABELS},
}


def test_every_kind_of_contract_has_a_line_here() -> None:
    assert set(KINDS) <= set(LINES)


def rules(grammar: dict[str, Any], patterns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules that patterns come to, includes followed."""
    for pattern in patterns:
        if "include" in pattern:
            yield from rules(grammar, [grammar["repository"][pattern["include"][1:]]])
        elif "match" in pattern or "begin" in pattern:
            yield pattern
        else:
            yield from rules(grammar, pattern["patterns"])


def scoped(found: list[dict[str, Any]], line: str) -> dict[str, str]:
    """Text → scope, for everything that the rules colour on a line."""
    coloured: dict[str, str] = {}
    for rule in found:
        for match in re.finditer(rule.get("match") or rule["begin"], line):
            captures = rule.get("captures") or rule.get("beginCaptures") or {}
            if "name" in rule and "match" in rule:
                coloured.setdefault(match[0].strip(), rule["name"])
            for group, scope in captures.items():
                if match[int(group)]:
                    coloured.setdefault(match[int(group)], scope["name"])
    return coloured


@pytest.fixture(scope="module")
def grammar() -> dict[str, Any]:
    loaded = json.loads(GRAMMAR.read_text())
    assert isinstance(loaded, dict)
    return loaded


SCOPES = ("keyword.", "constant.", "support.type.")


@pytest.mark.parametrize(("word", "line"), LINES.items(), ids=LINES)
def test_the_textmate_grammar_colours_every_word(
    grammar: dict[str, Any], word: str, line: str
) -> None:
    found = scoped(list(rules(grammar, grammar["patterns"])), line)
    assert found.get(word, "").startswith(SCOPES), found


@pytest.mark.parametrize(("word", "line"), IN_SYSTEM.items(), ids=IN_SYSTEM)
def test_the_textmate_grammar_colours_every_word_of_a_system(
    grammar: dict[str, Any], word: str, line: str
) -> None:
    inside = grammar["repository"]["system"]["patterns"]
    found = scoped(list(rules(grammar, inside)), line)
    assert found.get(word, "").startswith(SCOPES), found


@pytest.mark.parametrize("word", [*LINES, *IN_SYSTEM])
def test_the_vim_syntax_names_every_word(word: str) -> None:
    items = [
        line
        for line in VIM.read_text().splitlines()
        if line.startswith(("syn match", "syn keyword", "syn region"))
    ]
    written = r"(\\s\\\+| )".join(re.escape(part) for part in word.split(" "))
    assert any(re.search(rf"(?<![a-z_]){written}(?![a-z_])", line) for line in items)


def test_vim_gives_every_group_a_colour() -> None:
    text = VIM.read_text()
    groups = set(re.findall(r"^syn (?:match|region|keyword) (\w+)", text, re.MULTILINE))
    linked = set(re.findall(r"^hi def link (\w+)", text, re.MULTILINE))
    assert groups - linked == {"sgSentence", "sgSystem"}
    assert linked <= groups


def test_the_extension_names_files_that_are_there() -> None:
    manifest = json.loads((EXTENSION / "package.json").read_text())
    contributed = manifest["contributes"]
    named = [
        manifest["main"],
        *(one["configuration"] for one in contributed["languages"]),
        *(one["path"] for one in contributed["grammars"]),
    ]
    assert all((EXTENSION / name).is_file() for name in named)
    assert contributed["languages"][0]["extensions"] == [".sg"]
    assert "vscode-languageclient" in manifest["dependencies"]
    assert json.loads(GRAMMAR.read_text())["scopeName"] == contributed["grammars"][0]["scopeName"]


def test_the_editors_configuration_is_json_with_patterns_that_compile() -> None:
    found = json.loads((EXTENSION / "language-configuration.json").read_text())
    assert found["comments"]["lineComment"] == "#"
    for pattern in (found["wordPattern"], *found["indentationRules"].values()):
        re.compile(pattern)
