"""What changed in `verify:` and `on failure:`. Called for every kind of contract that has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from controller.language.difference.matching import matched, only
from controller.language.difference.reliance import Change
from grammar.sg.composition import Ask, AskEach, Given, Probes, Remedy
from grammar.sg.literal import duration_text
from grammar.sg.nodes import Argument, Verify
from grammar.sg.value import value_text


@dataclass(frozen=True, slots=True)
class Asked:
    """A diagnostic that is asked, and the whole question as one line."""

    locus: str
    text: str


def verify_changes(
    subject: str, old: Verify | Probes | None, new: Verify | Probes | None
) -> Iterator[Change]:
    """Diagnostics that are asked, not asked any more or asked otherwise, and by when."""
    found = matched(_asked(old), _asked(new), [lambda one: one.text, lambda one: one.locus])
    for was, now in found.both:
        if was != now:
            text = f"`verify:` calls `{now.text}`; was `{was.text}`"
            yield Change(subject, "verify changed", text)
    for i in found.gone:
        text = f"`verify:` no longer calls `{found.old[i].text}`"
        yield Change(subject, "verify removed", text)
    for j in found.come:
        yield Change(subject, "verify added", f"`verify:` now calls `{found.new[j].text}`")
    if old and new and old.within_ms != new.within_ms:
        kind = "window shorter" if new.within_ms < old.within_ms else "window longer"
        before, after = duration_text(old.within_ms), duration_text(new.within_ms)
        yield Change(subject, kind, f"`verify:` looks within {after}; was {before}")


def _asked(verify: Verify | Probes | None) -> list[Asked]:
    if verify is None:
        return []
    if isinstance(verify, Probes):
        return list(_each_asked(verify.asks))
    return [Asked(call.locus, call_text(call.locus, call.arguments)) for call in verify.calls]


def _each_asked(asks: Iterable[Ask | AskEach], loops: str = "") -> Iterator[Asked]:
    for one in asks:
        if isinstance(one, Ask):
            yield Asked(one.locus, f"{loops}{call_text(one.locus, one.arguments)}")
        else:
            loop = f"{loops}for {one.variable} in {value_text(one.over)}: "
            yield from _each_asked(one.body, loop)


def call_text(target: str, arguments: Sequence[Argument | Given]) -> str:
    """A call on one line, its arguments by name, so that their order does not count."""
    given = sorted(f"{one.name}={value_text(one.value)}" for one in arguments)
    return " ".join([target, *given])


def remedy_changes(subject: str, old: Sequence[Remedy], new: Sequence[Remedy]) -> Iterator[Change]:
    """Lines of `on failure:` that are gone or new."""
    gone, come = only([one.value for one in old], [one.value for one in new])
    for text in gone:
        yield Change(subject, "remedy removed", f"`on failure:` no longer says: {text}")
    for text in come:
        yield Change(subject, "remedy added", f"`on failure:` now says: {text}")
