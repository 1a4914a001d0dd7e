"""Sections that pages of several kinds have: prose, fields, calls, verification, remedies.

Called by the makers of pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from controller.language.site.catalogue import Catalogue
from controller.language.site.frame import link, listed, section, table
from controller.language.site.html import Content, Html, element, joined, text
from controller.language.symbols import locus
from grammar.sg.composition import Ask, AskEach, Given, Probes, Remedy, Value
from grammar.sg.literal import duration_text, literal_text
from grammar.sg.nodes import Argument, Field, Risk, Verify
from grammar.sg.value import value_text

_MENTION: Final = re.compile(r"(\{[^{}]*\})")
_STEP: Final = re.compile(r"step ([0-9]+)\..*")


def badges(*words: str, risk: Risk | None = None) -> Html:
    """Short marks below the title."""
    marks = [element("span", word, class_="badge") for word in words]
    if risk is not None:
        marks.append(element("span", f"risk {risk.value}", class_=f"badge risk-{risk.value}"))
    return element("p", *marks) if marks else Html("")


def prose(does: str) -> Iterator[Html]:
    """Paragraphs."""
    return (element("p", part) for part in re.split(r"\n[ \t]*\n", does) if part.strip())


def field_table(fields: Sequence[Field], types: Collection[str], anchor: str) -> Html:
    """What is taken or given; types in `types` have a section of their own on the page."""
    rows: list[Sequence[Content]] = []
    for field in fields:
        name = element("code", field.name, id=f"{anchor}-{field.name}")
        default = literal_text(field.default) if field.has_default else ""
        shown: Content = element("code", default) if default else ""
        rows.append((name, _type(field, types), shown, field.description))
    return table(("Name", "Type", "Default", "Description"), rows)


def _type(field: Field, types: Collection[str]) -> Html:
    shown = element("code", str(field.type))
    if field.type.name not in types:
        return shown
    return element("a", shown, href=f"#type-{field.type.name}")


def with_links(said: str, anchors: Collection[str]) -> Html:
    """Text whose `{references}` lead to fields and steps, as far as `anchors` has them."""
    return joined(*(_piece(piece, anchors) for piece in _MENTION.split(said)))


def _piece(piece: str, anchors: Collection[str]) -> Html:
    if not piece.startswith("{"):
        return text(piece)
    step = _STEP.fullmatch(piece[1:-1])
    anchor = f"step-{step[1]}" if step else f"field-{piece[1:-1].partition('.')[0]}"
    if anchor not in anchors:
        return text(piece)
    return element("a", element("code", piece), href=f"#{anchor}")


def field_anchors(fields: Sequence[Field]) -> set[str]:
    """The anchors that a table of these fields has."""
    return {f"field-{field.name}" for field in fields}


def value_shown(value: Value, anchors: Collection[str]) -> Html:
    """A value as code, with its links."""
    return element("code", with_links(value_text(value), anchors))


def call(
    catalogue: Catalogue,
    target: str,
    arguments: Sequence[Argument | Given],
    anchors: Collection[str],
) -> Html:
    """A locus, linked, and what it is given."""
    given = (
        joined(" ", element("code", f"{one.name}=", with_links(value_text(one.value), anchors)))
        for one in arguments
    )
    return joined(link(catalogue, locus(target)), *given)


def verification(
    catalogue: Catalogue, verify: Verify | Probes | None, anchors: Collection[str]
) -> Html:
    """Which diagnostics are asked, and within which time."""
    if verify is None:
        return Html("")
    if isinstance(verify, Probes):
        calls = [_ask(catalogue, one, anchors) for one in verify.asks]
    else:
        calls = [call(catalogue, one.locus, one.arguments, anchors) for one in verify.calls]
    window = element("p", f"within {duration_text(verify.within_ms)}")
    return section("Verify", listed(calls), window)


def _ask(catalogue: Catalogue, ask: Ask | AskEach, anchors: Collection[str]) -> Html:
    if isinstance(ask, Ask):
        return call(catalogue, ask.locus, ask.arguments, anchors)
    inner = listed([_ask(catalogue, one, anchors) for one in ask.body])
    return joined(f"for each {ask.variable} in ", value_shown(ask.over, anchors), inner)


def on_failure(remedies: Sequence[Remedy]) -> Html:
    """What happens, and what is said, when a part fails."""
    return section("On failure", listed([remedy.value for remedy in remedies]))
