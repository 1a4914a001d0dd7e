"""What every page has: head, title, links between pages, the source with its links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from controller.language.occurrences import lines_of
from controller.language.site.catalogue import Catalogue, Entry
from controller.language.site.html import Content, Html, element, joined, text
from controller.language.symbols import Kind, Occurrence, Symbol

STYLE_PATH: Final = "style.css"
_POLICY: Final = "script-src 'none'; object-src 'none'"


def page(title: str, body: Iterable[Content], *, depth: int) -> bytes:
    """A whole page; `depth` is how many folders it lies below the root of the site."""
    up = "../" * depth
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width"),
        element("title", title),
        element("link", rel="stylesheet", href=f"{up}{STYLE_PATH}"),
    )
    home = element("nav", element("a", "Contracts", href=f"{up}index.html"))
    main = element("main", *body)
    document = element("html", head, element("body", home, main), lang="en")
    return f"<!doctype html>\n{document}\n".encode()


def link(catalogue: Catalogue, symbol: Symbol, *, depth: int = 1, label: str = "") -> Html:
    """The name of a contract, linked to its page if it has one."""
    entry = catalogue.entries.get(symbol)
    shown = element("code", label or symbol.name)
    if entry is None:
        return shown
    return element("a", shown, href=f"{'../' * depth}{entry.path}")


def section(title: str, *content: Content) -> Html:
    """A heading and what is below it; nothing where there is nothing below."""
    if not any(content):
        return Html("")
    return element("section", element("h2", title), *content)


def listed(items: Iterable[Content]) -> Html:
    """A list, or nothing."""
    rows = [element("li", item) for item in items]
    return element("ul", *rows) if rows else Html("")


def table(head: Sequence[str], rows: Sequence[Sequence[Content]]) -> Html:
    """A table, or nothing where it has no rows. A row's first cell may bring its anchor."""
    if not rows:
        return Html("")
    top = element("tr", *(element("th", name) for name in head))
    body = (element("tr", *(element("td", cell) for cell in row)) for row in rows)
    return element("table", element("thead", top), element("tbody", *body))


def used_by(catalogue: Catalogue, entry: Entry) -> Html:
    """Who names this contract."""
    users = catalogue.users(entry.symbol)
    return section(
        "Named by", listed(joined(f"{u.kind} ", link(catalogue, u.symbol)) for u in users)
    )


def source_text(catalogue: Catalogue, entry: Entry) -> Html:
    """The lines of the contract as they are written, names linked."""
    first, last = _extent(entry)
    lines = lines_of(entry.source.text)[first - 1 : last]
    by_line: dict[int, list[Occurrence]] = {}
    for one in entry.names:
        by_line.setdefault(one.span.line, []).append(one)
    shown = [
        _line(catalogue, line.rstrip("\r"), by_line.get(number, []))
        for number, line in enumerate(lines, first)
    ]
    written = element("pre", *(joined(line, "\n") for line in shown))
    return section("As written", element("p", entry.source.path, class_="file"), written)


def _extent(entry: Entry) -> tuple[int, int]:
    """First and last line of the contract: up to the next one, without blank lines at the end."""
    starts = _starts(entry)
    start = entry.contract.span.line if entry.contract.span else 1
    lines = lines_of(entry.source.text)
    end = dict(pairwise([*starts, len(lines) + 1])).get(start, len(lines) + 1) - 1
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return start, end


def _starts(entry: Entry) -> list[int]:
    spans = (contract.span for contract in entry.source.document.contracts)
    return sorted({span.line for span in spans if span})


def _line(catalogue: Catalogue, line: str, names: Sequence[Occurrence]) -> Html:
    pieces: list[Content] = []
    done = 0
    for one in names:
        start, end = one.span.column - 1, one.span.end_column - 1
        if start < done or one.symbol.kind not in (Kind.LOCUS, Kind.CONTRACT) or one.defines:
            continue
        pieces += [line[done:start], _plain_link(catalogue, one.symbol)]
        done = end
    return joined(*pieces, line[done:])


def _plain_link(catalogue: Catalogue, symbol: Symbol) -> Html:
    entry = catalogue.entries.get(symbol)
    return element("a", symbol.name, href=f"../{entry.path}") if entry else text(symbol.name)
