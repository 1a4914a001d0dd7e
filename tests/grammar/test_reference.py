"""The language reference says nothing that the parser does not do."""

from __future__ import annotations

import re

import pytest

from grammar.sg.codes import CODES
from grammar.sg.forms import SECTIONS
from grammar.sg.parse import KINDS, parse
from grammar.sg.render import render
from grammar.system.keywords import KEYWORDS, shown
from tests.grammar.samples import CHECKOUT, document

REFERENCE = (CHECKOUT / "grammar" / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```sg\n(.*?)^```$", REFERENCE, re.MULTILINE | re.DOTALL)
CHAPTERS = re.split(r"^##+ ", REFERENCE, flags=re.MULTILINE)[1:-1]


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_every_example_is_read_without_a_remark(text: str) -> None:
    assert parse(text, "README.md").diagnostics == ()


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split("\n")[0])
def test_every_example_keeps_its_meaning_when_it_is_formatted(text: str) -> None:
    assert document(render(document(text))) == document(text)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda text: text.split("\n")[0])
def test_every_construct_has_a_grammar_and_an_example(chapter: str) -> None:
    assert chapter.count("```ebnf") == 1
    assert chapter.count("```sg") == 1


@pytest.mark.parametrize("word", [*KINDS, *(f"{section}:" for section in SECTIONS)])
def test_every_kind_and_section_has_an_example(word: str) -> None:
    assert any(re.search(rf"^ *{word}", text, re.MULTILINE) for text in EXAMPLES)


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_every_keyword_of_a_system_has_an_example(keyword: str) -> None:
    assert any(re.search(rf"^ *{shown(keyword)}", text, re.MULTILINE) for text in EXAMPLES)


def test_every_code_of_the_language_has_its_own_number() -> None:
    assert all(re.fullmatch(r"SG-E[12][0-9]{2}", code) for code in CODES)
