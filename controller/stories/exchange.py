"""Exchange: main and the drafts' branches, between this clone and the forge's repository.

Main is only ever followed: a person's merge or push there arrives here by fast-forward, and a main
that was rewritten is refused. What the controller merges is pushed there first (`push_main`), and
moves here when the forge has it, so the two can never part. Drafts go both ways (`next_step`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from controller.membrane.branches import Step, next_step
from controller.membrane.checks import CONTEXT, cancelled
from controller.ports import Blocked, Merged, Unavailable
from controller.ports.forge import Connection, Forge, Push, Remote

HEADS: Final = "refs/heads/"
MAIN: Final = HEADS + "main"
DRAFTS: Final = HEADS + "draft/"
PROOFS: Final = "refs/notes/germline/proofs"
EVENTS: Final = HEADS + "genome/events"


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange came to.

    `acted`: something moved here, so that main and the drafts must be read again. `gone`: drafts
    whose branches somebody deleted at the forge. `withdrawn`: branches there of drafts that are
    over.
    """

    acted: bool
    gone: frozenset[str]
    withdrawn: Mapping[str, str]


def push_main(connection: Connection, was: str, to: str) -> bool:
    """Move the forge's main from `was` to a merge commit; False if it is elsewhere.

    Raises `Blocked` if it is protected against this, `Unavailable` if the forge is out of reach or
    was so a moment ago.
    """
    relations, now = connection.memory.read(), connection.clock.now()
    if relations.trouble and relations.next_look is not None and now < relations.next_look:
        left = (relations.next_look - now).total_seconds()
        raise Unavailable(relations.trouble, relations.hint, retry_after_s=left)
    try:
        moved = connection.remote.push([Push(MAIN, was, to)])
    except Blocked as refusal:
        connection.memory.write(replace(relations, refused=refusal.reason))
        raise
    _forget_refusal(connection)
    return not moved


def _forget_refusal(connection: Connection) -> None:
    relations = connection.memory.read()
    if relations.refused:
        connection.memory.write(replace(relations, refused=""))


def follow_main(connection: Connection, there: Mapping[str, str]) -> bool:
    """Take over what people did on the forge's main. True if main moved here. Raises `Blocked`."""
    repository, remote = connection.clone, connection.remote
    here, main = repository.main(), there.get(MAIN)
    if main == here:
        return False
    if main is None:
        raise Blocked("the forge has no branch main", f"`git push {remote.name} main` begins there")
    if repository.contains(main, here):
        _forget_refusal(connection)  # perhaps they merged what the controller might not
        return isinstance(repository.fast_forward(here, main), Merged)
    if repository.contains(here, main):
        raise Blocked(
            f"main here ({here[:12]}) is ahead of the forge's ({main[:12]})",
            f"`git push {remote.name} main`; until then nothing is published or merged",
        )
    raise Blocked(
        f"the forge's main ({main[:12]}) was rewritten: it does not contain {here[:12]}",
        "it is not followed blindly: push the lost commits there again, or, if it was meant, "
        f"`git fetch {remote.name} && git reset --hard {remote.name}/main` here",
    )


def exchange_drafts(connection: Connection, there: Mapping[str, str]) -> Exchanged:
    """Take each draft's branch a step further on one side or the other. Raises `Blocked`."""
    repository, remote = connection.clone, connection.remote
    agreed = remote.agreed()
    here = {HEADS + draft.name: draft.commit for draft in repository.drafts()}
    drafts = {ref: commit for ref, commit in there.items() if ref.startswith(DRAFTS)}
    acted, gone, withdrawn = False, set(), {}
    for ref in sorted({*here, *agreed, *drafts}):
        ours, base, theirs = here.get(ref), agreed.get(ref), drafts.get(ref)
        match next_step(ours, base, theirs):
            case Step.AGREE:
                _agree(connection, ref, base, ours)
            case Step.PUSH:
                if not remote.push([Push(ref, theirs, ours)]):
                    _agree(connection, ref, base, ours)
            case Step.FOLLOW:
                assert theirs is not None
                if repository.follow_draft(ref.removeprefix(HEADS), ours, theirs):
                    _agree(connection, ref, base, theirs)
                    acted = True
            case Step.GONE:
                gone.add(ref.removeprefix(HEADS))
            case Step.WITHDRAW:
                assert theirs is not None
                withdrawn[ref] = theirs
            case Step.KEEP:
                pass
    return Exchanged(acted, frozenset(gone), withdrawn)


def withdraw(remote: Remote, exchanged: Exchanged, reviewed: frozenset[str]) -> None:
    """Delete branches at the forge that are over, but those that are still under review."""
    for ref, commit in exchanged.withdrawn.items():
        if ref.removeprefix(HEADS) not in reviewed and not remote.push([Push(ref, commit, None)]):
            remote.agree(ref, None)


def push_records(connection: Connection, there: Mapping[str, str]) -> None:
    """Push proofs and approvals, and events, as far as configured.

    Raises `Blocked` where others are there.
    """
    repository, remote = connection.clone, connection.remote
    for ref, configured in ((PROOFS, connection.proofs), (EVENTS, connection.events)):
        ours, theirs = remote.own(ref), there.get(ref)
        if not configured or ours is None or ours == theirs:
            continue
        if theirs is not None and not repository.contains(ours, theirs):
            raise Blocked(
                f"{ref} at the forge has what this clone lacks",
                "is another controller at work on this project? One records, others read",
            )
        remote.push([Push(ref, theirs, ours)])
    if connection.proofs:
        own = remote.approvals()
        remote.push([Push(ref, None, own[ref]) for ref in sorted(own) if ref not in there])


def _agree(connection: Connection, ref: str, was: str | None, now: str | None) -> None:
    """Remember it; nobody judges the former commit any more."""
    if was is not None and now is not None and was != now:
        cancel_checks(connection.forge, was, now)
    connection.remote.agree(ref, now)


def cancel_checks(forge: Forge, commit: str, successor: str) -> None:
    """Statuses of a commit that are pending will not be decided."""
    for check in forge.checks(commit).values():
        if check.state == "pending" and check.context.startswith(CONTEXT):
            forge.report(commit, cancelled(check, successor))
