"""HTML made of values: whatever is not marked as HTML is escaped. Called by every page.

Contracts are hostile text. A plain string never becomes markup; only `element` makes `Html`.
"""

from __future__ import annotations

from html import escape
from typing import Final

_EMPTY: Final = frozenset({"link", "meta", "br"})


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


Content = Html | str


def text(value: str) -> Html:
    """Plain text as markup that shows it; control characters as U+FFFD."""
    return Html(escape("".join(map(_shown, value))))


def _shown(character: str) -> str:
    return character if character.isprintable() or character in "\n\t " else "\ufffd"


def element(name: str, /, *content: Content, **attributes: str) -> Html:
    """`<name attributes>content</name>`; `class_` stands for `class`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items()
    )
    if name in _EMPTY:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{joined(*content)}</{name}>")


def joined(*content: Content) -> Html:
    """Pieces one after another, plain ones escaped."""
    return Html("".join(one if isinstance(one, Html) else text(one) for one in content))
