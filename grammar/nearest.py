"""Which known word somebody may have meant. Called wherever a text names something unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from grammar.limits import NEAR_WORD_CHARACTERS


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None if none is alike."""
    if len(word) > NEAR_WORD_CHARACTERS:
        return None
    by_folded = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A hint that names the nearest known word; `otherwise` where there is none."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else otherwise


def listing(words: Iterable[str]) -> str:
    """Words for a sentence: `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
