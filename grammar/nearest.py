"""Which known word somebody may have meant. Called wherever a text names something unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from itertools import islice

from grammar.limits import NEAR_WORD_CANDIDATES, NEAR_WORD_CHARACTERS, WORDS_LISTED

_ALIKE = 0.6
"""How much alike two words are, so that somebody may have meant the other (difflib's ratio)."""
SLIP = 0.75
"""How much alike they are, so that one is probably a slip of the other, and so a mistake."""


def nearest(word: str, known: Iterable[str], alike: float = _ALIKE) -> str | None:
    """The known word most like `word`, or None if none is `alike`, from 0 (any) to 1 (equal)."""
    if len(word) > NEAR_WORD_CHARACTERS:
        return None
    by_folded = {candidate.lower(): candidate for candidate in known}
    if len(by_folded) > NEAR_WORD_CANDIDATES:
        by_folded = _likely(word.lower(), by_folded)
    found = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=alike)
    return by_folded[found[0]] if found else None


def _likely(word: str, known: Mapping[str, str]) -> dict[str, str]:
    """Of very many words those with the same beginning or end, and not all of these."""
    alike = (item for item in known.items() if item[0][:2] == word[:2] or item[0][-2:] == word[-2:])
    return dict(islice(alike, NEAR_WORD_CANDIDATES))


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A hint that names the nearest known word; `otherwise` where there is none."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else otherwise


def listing(words: Iterable[str]) -> str:
    """Words for a sentence: `a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) == 1:
        return quoted[0]
    if len(quoted) > WORDS_LISTED:
        return f"{', '.join(quoted[:WORDS_LISTED])} or {len(quoted) - WORDS_LISTED} others"
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"
