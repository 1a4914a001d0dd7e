"""How a sentence is read: plain English with names in it, held against a phrase's wordings.

`phrases` reads contracts' sentences and the phrases' own wordings with the same eyes, so that
articles, number, upper case, contractions and a full stop make no difference. A wording is
English with slots:

    <interface>          something of that kind, with or without a noun before its name
    <bridge!>            the noun must be there: "bridge br0", "the bridge"
    <owner:addressed>    a slot of another name than its kind
    [all]                a word that may be missing
    is/gets              either word

A slot is filled by a `{reference}`, by a name (a word with a digit or a mark in it), by several
of them, or by a noun alone ("this bridge", "all specified interfaces"), which then stands for
the contract's field of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Union

from controller import limits

Quantifier = Literal["all", "any"]

NOUNS: Final[Mapping[str, frozenset[str]]] = {
    "interface": frozenset(
        ["interface", "nic", "port", "link", "uplink", "bridge", "bond", "vlan", "device"]
    ),
    "nic": frozenset(["interface", "nic", "port", "link", "uplink", "device"]),
    "addressed": frozenset(
        ["interface", "nic", "port", "link", "uplink", "bridge", "bond", "vlan", "device"]
    ),
    "bridge": frozenset({"bridge"}),
    "bond": frozenset({"bond"}),
    "mode": frozenset({"mode"}),
    "address": frozenset({"address"}),
    "mac": frozenset({"mac", "address"}),
    "profile": frozenset({"profile"}),
    "vlan": frozenset({"vlan", "interface", "link"}),
    "vid": frozenset({"vlan"}),
    "mtu": frozenset({"mtu"}),
    "stp": frozenset({"stp"}),
}
"""What a thing of a kind may be called."""

_CONTRACTIONS: Final = {
    "doesn't": "does not",
    "don't": "does not",
    "isn't": "is not",
    "aren't": "is not",
    "hasn't": "has not",
    "haven't": "has not",
    "can't": "can not",
    "cannot": "can not",
}
_FILLERS: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "its",
        "their",
        "own",
        "already",
        "still",
        "yet",
        "currently",
        "now",
        "specified",
        "given",
        "listed",
        "named",
        "called",
    ]
)
"""Words that say nothing which a slot does not say."""
_SAME: Final = {"are": "is", "be": "is", "have": "has", "do": "does"}
_WHOLE: Final = frozenset(["is", "has", "does", "as", "its", "this", "us", "plus", "address"])
"""Words that end in s and are no plural."""
_QUANTIFIERS: Final[Mapping[str, Quantifier]] = {
    "all": "all",
    "each": "all",
    "every": "all",
    "both": "all",
    "any": "any",
    "some": "any",
    "one": "any",
}
_NAME: Final = re.compile(r"\{\w+\}|[^\s{}]*[\d.:-][^\s{}]*")
"""A reference, or a name with a digit or a mark in it: other words are prose."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its plainest form, or a name as it was written."""

    text: str
    is_name: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What fills a slot: names and `{references}` as written, or, without any, a noun alone."""

    kind: str
    quantifier: Quantifier | None
    noun: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    kind: str
    needs_noun: bool


@dataclass(frozen=True, slots=True)
class _Word:
    choices: frozenset[str]
    optional: bool


Wording = tuple[Union[_Slot, _Word], ...]
"""A compiled wording."""


def tokens(sentence: str) -> tuple[Token, ...]:
    """A sentence's words that matter, each in its plainest form; empty for an endless one."""
    if len(sentence) > limits.PHRASE_SENTENCE_CHARACTERS:
        return ()
    found: list[Token] = []
    for raw in sentence.replace("\u2019", "'").split():
        bare = raw.strip(".,;!")
        quoted = len(bare) > 2 and bare[0] == bare[-1] and bare[0] in "'\"`"
        if quoted or _NAME.fullmatch(bare):
            found.append(Token(bare[1:-1] if quoted else bare, is_name=True))
            continue
        for word in _CONTRACTIONS.get(bare.lower(), bare.lower()).split():
            if word not in _FILLERS:
                found.append(Token(_plain(word), is_name=False))
    return tuple(found)


def _plain(word: str) -> str:
    """A word without number and person: `interfaces` and `interface` are one word."""
    if word in _SAME:
        return _SAME[word]
    if word in _WHOLE or word.endswith("ss"):
        return word
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


@lru_cache(maxsize=limits.PHRASE_WORDINGS_CACHED)
def compiled(wording: str) -> Wording:
    """A wording ready to be matched."""
    elements: list[_Slot | _Word] = []
    for piece in wording.split():
        if piece.startswith("<"):
            name, _, kind = piece.strip("<>").partition(":")
            bare = (kind or name).removesuffix("!")
            elements.append(_Slot(name.removesuffix("!"), bare, piece.endswith("!>")))
            continue
        optional = piece.startswith("[")
        choices = {t.text for word in piece.strip("[]").split("/") for t in tokens(word)}
        if choices:
            elements.append(_Word(frozenset(choices), optional))
    return tuple(elements)


def matches(wording: Wording, said: Sequence[Token]) -> dict[str, Said] | None:
    """What fills the slots when the whole sentence is this wording; None if it is not."""
    return next((filled for filled, end in _from(wording, said, 0) if end == len(said)), None)


def subject_of(wording: Wording, said: Sequence[Token], filled: Mapping[str, Said]) -> int:
    """How many tokens name the subject, for a wording that begins with a slot; else 0."""
    first = wording[0] if wording else None
    if not isinstance(first, _Slot):
        return 0
    ends = (end for one, end in _slot(first, said, 0) if one == filled[first.name])
    return next(ends, 0)


def _from(
    wording: Wording, said: Sequence[Token], at: int
) -> Iterator[tuple[dict[str, Said], int]]:
    if not wording:
        yield {}, at
        return
    first, rest = wording[0], wording[1:]
    if isinstance(first, _Slot):
        for filling, end in _slot(first, said, at):
            for filled, after in _from(rest, said, end):
                yield {first.name: filling, **filled}, after
        return
    if at < len(said) and not said[at].is_name and said[at].text in first.choices:
        yield from _from(rest, said, at + 1)
    if first.optional:
        yield from _from(rest, said, at)


def _slot(slot: _Slot, said: Sequence[Token], start: int) -> Iterator[tuple[Said, int]]:
    quantifier, at = _quantifier(said, start)
    noun, after = _noun(slot.kind, said, at)
    if noun is not None:
        named_at = after + 1 if quantifier and _is_word(said, after, "in") else after
        yield from _named(slot.kind, quantifier, noun, said, named_at)
        if _is_word(said, after, "with") and _is_word(said, after + 1, "name"):
            yield Said(slot.kind, quantifier, noun, ()), after + 2
        yield Said(slot.kind, quantifier, noun, ()), after
    elif not slot.needs_noun:
        yield from _named(slot.kind, quantifier, None, said, at)


def _quantifier(said: Sequence[Token], at: int) -> tuple[Quantifier | None, int]:
    if at >= len(said) or said[at].is_name or said[at].text not in _QUANTIFIERS:
        return None, at
    found = _QUANTIFIERS[said[at].text]
    return found, at + 2 if _is_word(said, at + 1, "of") else at + 1


def _noun(kind: str, said: Sequence[Token], at: int) -> tuple[str | None, int]:
    if kind == "address" and _is_word(said, at, "ip"):
        at += 1
    if at < len(said) and not said[at].is_name and said[at].text in NOUNS[kind]:
        if kind == "mac" and said[at].text == "mac" and _is_word(said, at + 1, "address"):
            return "mac", at + 2
        return said[at].text, at + 1
    return None, at


def _named(
    kind: str, quantifier: Quantifier | None, noun: str | None, said: Sequence[Token], at: int
) -> Iterator[tuple[Said, int]]:
    """Names from here on, `and` between them or not; the most first."""
    names: list[str] = []
    ends: list[int] = []
    while at < len(said):
        if names and _is_word(said, at, "and") and at + 1 < len(said) and said[at + 1].is_name:
            at += 1
        if not said[at].is_name:
            break
        names.append(said[at].text)
        at += 1
        ends.append(at)
    for count in range(len(names), 0, -1):
        yield Said(kind, quantifier, noun, tuple(names[:count])), ends[count - 1]


def _is_word(said: Sequence[Token], at: int, word: str) -> bool:
    return at < len(said) and not said[at].is_name and said[at].text == word
