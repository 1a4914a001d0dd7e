"""Sentences of a contract that can be judged by looking at the network.

`domain` asks whether a sentence is one, whether it holds, and for a world in which it does. The
catalogue is `PHRASES`; a phrase is added by one more value in the list that it belongs to.
Articles, number, upper case and a full stop do not matter; parts joined by "and" may share
their subject: "Bridge {b} exists and is up". A sentence that matches none stays prose.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from controller import limits
from controller.domains.network import (
    phrases_bonds,
    phrases_converged,
    phrases_kept,
    phrases_links,
    phrases_seen,
    phrases_start,
    phrases_trunks,
    phrases_vlans,
)
from controller.domains.network.phrase import Found, Phrase, View
from controller.domains.network.phrases_wording import (
    Said,
    Token,
    compiled,
    matches,
    subject_of,
    tokens,
)
from controller.domains.network.state import World, from_json, to_json
from controller.domains.world import Answer, Json, JsonObject, Judgement

PHRASES: Final[tuple[Phrase, ...]] = (
    *phrases_bonds.PHRASES,
    *phrases_vlans.PHRASES,
    *phrases_links.PHRASES,
    *phrases_kept.PHRASES,
    *phrases_seen.PHRASES,
    *phrases_converged.PHRASES,
    *phrases_start.PHRASES,
    *phrases_trunks.PHRASES,
)
"""All phrases, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """One phrase of a sentence, and what fills its slots."""

    phrase: Phrase
    filled: Mapping[str, Said]


@lru_cache(maxsize=limits.PHRASE_SENTENCES_CACHED)
def parts(sentence: str) -> tuple[Part, ...]:
    """The phrases that a sentence consists of; empty if it is prose."""
    return _parts(tokens(sentence)) or ()


def _parts(said: Sequence[Token]) -> tuple[Part, ...] | None:
    whole = _single(said)
    if whole is not None:
        return (whole[0],)
    for at, token in enumerate(said):
        if token.is_name or token.text != "and":
            continue
        first = _single(said[:at])
        if first is None:
            continue
        rest = _parts(said[at + 1 :]) or _parts((*said[: first[1]], *said[at + 1 :]))
        if rest is not None:
            return (first[0], *rest)
    return None


def _single(said: Sequence[Token]) -> tuple[Part, int] | None:
    """The phrase that matches all tokens, and how many of them are its subject."""
    for phrase in PHRASES:
        for wording in map(compiled, phrase.wordings):
            filled = matches(wording, said)
            if filled is not None:
                return Part(phrase, filled), subject_of(wording, said, filled)
    return None


def executable(sentence: str, fields: Collection[str] | None = None) -> bool:
    """True when phrases match the sentence; with `fields`, all it speaks of is among them."""
    found = parts(sentence)
    if fields is None or not found:
        return bool(found)
    known: JsonObject = dict.fromkeys(fields, "")
    return all(
        _field(known, said) is not None
        for part in found
        for said in part.filled.values()
        if not said.names
    )


def mentions(sentence: str) -> tuple[tuple[str, str], ...]:
    """(field, kind) of each `{reference}` in an executable sentence."""
    return tuple(
        (name[1:-1], said.kind)
        for part in parts(sentence)
        for said in part.filled.values()
        for name in said.names
        if name.startswith("{")
    )


@lru_cache(maxsize=limits.PHRASE_SENTENCES_CACHED)
def nearest(sentence: str) -> str | None:
    """The phrase most like a sentence that matches none, as it is told to people."""
    said = _skeleton(sentence)
    scored = ((_likeness(said, _skeleton(one.text)), -at) for at, one in enumerate(PHRASES))
    likeness, at = max(scored)
    return PHRASES[-at].text if likeness >= limits.PHRASE_LIKENESS_MIN else None


def _likeness(said: Sequence[str], phrase: Sequence[str]) -> float:
    """0 to 1: how many of the words are the same, and how many of the letters."""
    words = difflib.SequenceMatcher(None, said, phrase).ratio()
    letters = difflib.SequenceMatcher(None, " ".join(said), " ".join(phrase)).ratio()
    return (words + letters) / 2


def _skeleton(sentence: str) -> list[str]:
    return ["{}" if token.is_name else token.text for token in tokens(sentence)]


# --- judging ----------------------------------------------------------------------------


def judge(
    sentence: str,
    values: JsonObject,
    before: JsonObject,
    now: JsonObject,
    answers: Sequence[Answer] = (),
) -> Judgement | None:
    """Judge a sentence by two observed states; None for prose and where nobody can tell.

    Raises `ValueError` if a state is not a network's.
    """
    found = parts(sentence)
    if not found:
        return None
    view = View({}, from_json(before), from_json(now), values, answers)
    verdicts = [_judged(part, view) for part in found]
    wrong = [detail for holds, detail in verdicts if holds is False]
    if wrong:
        return Judgement(sentence, holds=False, detail="; ".join(wrong))
    if any(holds is None for holds, _detail in verdicts):
        return None
    return Judgement(sentence, holds=True, detail="; ".join(detail for _, detail in verdicts))


def _judged(part: Part, view: View) -> Found:
    filled: dict[str, Json] = {}
    for slot, said in part.filled.items():
        value = _value(said, view.values)
        if value is None:
            missing = next((n for n in said.names if view.values.get(n[1:-1]) is None), None)
            return (False, f"there is no value for {missing}") if missing else (None, "")
        filled[slot] = value
    return _over(part, view, filled, {})


def _over(part: Part, view: View, waiting: Mapping[str, Json], names: Mapping[str, str]) -> Found:
    """The verdict over everything that fills the slots: all of it, or any of it."""
    if not waiting:
        return part.phrase.holds(View(names, view.before, view.now, view.values, view.answers))
    slot, value = next(iter(waiting.items()))
    rest = {key: item for key, item in waiting.items() if key != slot}
    if not isinstance(value, list):
        return _over(part, view, rest, {**names, slot: _text(value)})
    verdicts = [_over(part, view, rest, {**names, slot: _text(item)}) for item in value]
    return _joined(verdicts, any_will_do=_any_will_do(part, slot))


def _joined(verdicts: Sequence[Found], *, any_will_do: bool) -> Found:
    """Of several verdicts the one that decides, or what all of them found."""
    decisive = [detail for holds, detail in verdicts if holds is any_will_do]
    if decisive:
        return any_will_do, "; ".join(decisive)
    if any(holds is None for holds, _detail in verdicts):
        return None, "; ".join(detail for holds, detail in verdicts if holds is None)
    return not any_will_do, "; ".join(detail for _, detail in verdicts) or "there are none"


def _any_will_do(part: Part, slot: str) -> bool:
    said = part.filled[slot]
    if said.quantifier is not None:
        return said.quantifier == "any"
    return part.phrase.some and not said.names


def _value(said: Said, values: JsonObject) -> Json:
    """A name, a list of names, or None where the contract has no value for it."""
    if not said.names:
        return _field(values, said)
    found: list[Json] = []
    several = len(said.names) > 1
    for name in said.names:
        value = values.get(name[1:-1]) if name.startswith("{") else name
        if value is None:
            return None
        several = several or isinstance(value, list)
        found += value if isinstance(value, list) else [value]
    return found if several else found[0]


def _field(values: JsonObject, said: Said) -> Json:
    """The value of the field that a noun alone means: `bridge`, `bridge_name`, `interfaces`."""
    noun = said.noun or ""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    for name in (noun, f"{noun}_name", plural, f"{noun}_names"):
        if name in values:
            return values[name]
    ends = [name for name in values if name.endswith((f"_{noun}", f"_{plural}"))]
    return values[ends[0]] if len(ends) == 1 else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else repr(value)


# --- arranging --------------------------------------------------------------------------


def arrange(sentence: str, values: JsonObject, observed: JsonObject) -> JsonObject | None:
    """A world like the observed one in which the sentence holds; None if it cannot be made."""
    before = world = from_json(observed)
    found = parts(sentence)
    for part in found:
        for names in _choices(part, values):
            made = _arranged(part.phrase.arrange, View(names, before, world, values))
            if made is None:
                return None
            world = made
    if not found:
        return None
    made_json = to_json(world)
    judgement = judge(sentence, values, observed, made_json)
    doubtful = judgement is not None and not judgement.holds
    return None if doubtful else made_json


def _arranged(arranger: Callable[[View], World | None] | None, view: View) -> World | None:
    return None if arranger is None else arranger(view)


def _choices(part: Part, values: JsonObject) -> Iterator[dict[str, str]]:
    """What to fill the slots with, in turn: everything, or the first where any will do."""
    made: list[dict[str, str]] = [{}]
    for slot, said in part.filled.items():
        value = _value(said, values)
        items = value if isinstance(value, list) else [] if value is None else [value]
        chosen = items[:1] if _any_will_do(part, slot) else items
        made = [{**names, slot: _text(item)} for names in made for item in chosen]
    yield from made
