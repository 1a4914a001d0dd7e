"""What changed in the domain and the prose of a contract. Called for every kind that has both."""

from __future__ import annotations

from collections.abc import Iterator

from controller.language.difference.reliance import Change


def head_changes(
    subject: str, was: str | None, now: str | None, old_does: str, new_does: str
) -> Iterator[Change]:
    """Another domain, or other words in `does:`."""
    if was != now:
        text = f"is of {_domain(now)}; was of {_domain(was)}"
        yield Change(subject, "domain changed", text)
    if old_does != new_does:
        yield Change(subject, "prose changed", "`does:` says something else")


def _domain(name: str | None) -> str:
    return f"domain `{name}`" if name else "no named domain"
