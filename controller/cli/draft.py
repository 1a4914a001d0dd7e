"""`draft`: reading, proving, merging and closing proposals."""

from __future__ import annotations

import os
from pathlib import Path

import click

from controller.cli.ci import KINDS, Kind, job_of, prove_in_ci
from controller.cli.completion import drafts
from controller.cli.forge import url_of
from controller.cli.genome import identity
from controller.cli.screen import (
    complain,
    echo_json,
    folded,
    format_option,
    organism,
    printable,
)
from controller.cli.signing import prover, tell_signed
from controller.membrane.proof import Proof
from controller.membrane.verdict import (
    AwaitsPerson,
    Conflicts,
    Held,
    MayMerge,
    NeedsProof,
    NeedsRebase,
    Obstructed,
    Refused,
    Unchanged,
    Verdict,
    Waits,
)
from controller.ports import DraftRef
from controller.stories.mainline import Main, read_main
from controller.stories.merge import (
    end_draft,
    judge,
    merge_draft,
    note_opened,
    prove_draft,
    require_draft,
)
from controller.stories.signing import HOLD_HINT
from controller.stories.signing import approve as approve_draft
from controller.wiring import Organism


@click.group()
def draft() -> None:
    """Proposals: branches that would be the next state of main."""


@draft.command("list")
@format_option
@click.pass_obj
def list_drafts(path: str, output: str) -> None:
    """Every open draft and how far it is."""
    with organism(path) as opened:
        opened.chronicle.refresh()
        rows = [(d, _state(opened, d), url_of(opened, d)) for d in opened.repository.drafts()]
    if output == "json":
        told = [{"draft": d.name, "title": d.title, "state": s, "url": url} for d, s, url in rows]
        echo_json(told)
        return
    if not rows:
        click.echo("No open drafts.")
    for found, state, url in rows:
        click.echo(f"{found.name}\n  {folded(found.title, '  ')}\n  {folded(state, '  ')}")
        if url:
            click.echo(f"  {printable(url)}")


@draft.command()
@click.argument("name", shell_complete=drafts)
@format_option
@click.pass_obj
def show(path: str, name: str, output: str) -> None:
    """A draft's story, its changes and its proof."""
    with organism(path) as opened:
        found = require_draft(opened.repository, name)
        changed = opened.repository.changed(found.base, found.commit) if found.base else {}
        proof = Proof.from_note(opened.repository.proof(found.commit))
        state = _state(opened, found)
        signed = tell_signed(opened, found, proof)
        opened.chronicle.refresh()
        url = url_of(opened, found)
    if output == "json":
        echo_json(
            {
                "draft": found.name,
                "commit": found.commit,
                "base": found.base,
                "message": found.message,
                "changed": dict(changed),
                "proof": proof.to_note() if proof else None,
                "signatures": signed,
                "state": state,
                "url": url,
            }
        )
        return
    click.echo(f"{found.name}  {found.commit[:12]} on {found.base[:12]}")
    click.echo(f"{printable(url)}\n" if url else "")
    click.echo(found.message)
    for file, change in changed.items():
        click.echo(f"  {change:<9} {file}")
    click.echo()
    _show_proof(proof)
    for line in signed:
        click.echo(folded(line, "  "))
    click.echo(folded(state))


@draft.command()
@click.argument("name", required=False, shell_complete=drafts)
@click.option(
    "--ci",
    type=click.Choice(KINDS),
    help="Prove what a job of this service has checked out, and tell it.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --ci: write a JUnit report as well.",
)
@click.pass_obj
def prove(path: str, name: str | None, ci: Kind | None, junit: Path | None) -> None:
    """Hold a draft against every gate, now."""
    if (name is None) == (ci is None) or (junit is not None and ci is None):
        raise click.UsageError("give the NAME of a draft; or --ci, which --junit goes with")
    if ci is not None:
        if not prove_in_ci(Path(path), job_of(ci, os.environ), junit, _show_proof):
            raise SystemExit(1)
        return
    assert name is not None
    with organism(path) as opened, opened.acting():
        found = require_draft(opened.repository, name)
        note_opened(opened.membrane, found)
        proof = prove_draft(opened.membrane, found, prover(opened))
    _show_proof(proof)
    if not proof.passed:
        raise SystemExit(1)


@draft.command()
@click.argument("name", shell_complete=drafts)
@click.pass_obj
def merge(path: str, name: str) -> None:
    """Merge a proved draft; only a person can merge what policy leaves to people.

    Where policy asks for a signed approval, this is one too.
    """
    with organism(path) as opened, opened.acting():
        found = require_draft(opened.repository, name)
        note_opened(opened.membrane, found)
        main = read_main(opened.repository, opened.hands.bench.domain)
        found_so = judge(opened.membrane, found, main.policy, person=True)
        if isinstance(found_so, AwaitsPerson) and found_so.signature:
            approve_draft(opened.past.notary, opened.repository, found, identity())
            found_so = judge(opened.membrane, found, main.policy, person=True)
        match found_so:
            case MayMerge():
                merged = merge_draft(opened.membrane, found, person(), identity())
                if merged is None:
                    _refuse("main moved meanwhile", f"germline draft prove {name}, then again")
                else:
                    click.echo(f"Merged as {merged.commit}.")
            case NeedsProof(reason):
                _refuse(reason, f"germline draft prove {name}")
            case NeedsRebase(_, now):
                _refuse(
                    f"main has moved to {now[:12]} since the draft was cut",
                    "germline controller --once writes it again on the new main; what people "
                    "have signed they rebase, and sign, themselves",
                )
            case Conflicts(paths):
                _refuse(
                    f"main has changed {', '.join(paths)} otherwise since the draft was cut",
                    f"git switch {found.name} && git merge main",
                )
            case Refused(reasons):
                _refuse("; ".join(reasons), f"germline draft show {name}")
            case Held(reason):
                _refuse(reason, HOLD_HINT)
            case Unchanged():
                _refuse("it changes nothing yet", f"git switch {found.name}, and commit to it")
            case AwaitsPerson(reason) | Waits(reason) | Obstructed(reason):
                _refuse(reason, "this cannot be: a person asked")


@draft.command()
@click.argument("name", shell_complete=drafts)
@click.pass_obj
def approve(path: str, name: str) -> None:
    """Sign that a draft may be merged as it is now; who merges it then is the controller.

    The approval is a ref of its own, for `git push` to take to the clone that merges.
    """
    with organism(path) as opened:
        found = require_draft(opened.repository, name)
        ref = approve_draft(opened.past.notary, opened.repository, found, identity())
    click.echo(f"Approved {found.name} at {found.commit[:12]}.")
    click.echo(f"To take it elsewhere: git push origin {ref}")


@draft.command()
@click.argument("name", shell_complete=drafts)
@click.option("--reason", default="closed by a person", show_default=True)
@click.pass_obj
def close(path: str, name: str, reason: str) -> None:
    """Say no to a draft; what it offers is not offered again."""
    with organism(path) as opened, opened.acting():
        found = require_draft(opened.repository, name)
        note_opened(opened.membrane, found)
        end_draft(opened.membrane, found, "closed", reason, person())
    click.echo(f"Closed {found.name}.")


def person() -> str:
    """The actor that events name when a person acts."""
    return f"person:{identity()}"


def _refuse(reason: str, hint: str) -> None:
    complain(reason, hint)
    raise SystemExit(1)


def _state(opened: Organism, found: DraftRef) -> str:
    main = read_main(opened.repository, opened.hands.bench.domain)
    return told_verdict(verdict_on(opened, main, found), found)


def verdict_on(opened: Organism, main: Main, found: DraftRef) -> Verdict:
    """What may happen to a draft now without a person."""
    held = opened.controller.held(found)
    return judge(opened.membrane, found, main.policy, held, person=False)


def told_verdict(verdict: Verdict, found: DraftRef) -> str:
    """The same in one line, with what a person would do about it."""
    match verdict:
        case MayMerge(risk):
            return f"proved; risk {risk}, the controller merges it"
        case Unchanged():
            return "it changes nothing yet"
        case Waits(reason):
            return f"proved; {reason}"
        case Held(reason):
            return reason
        case AwaitsPerson(reason, signature=True):
            return f"proved; {reason}: germline draft approve {found.name}"
        case AwaitsPerson(reason):
            return f"proved; {reason}: germline draft merge {found.name}"
        case NeedsProof(reason):
            return reason
        case NeedsRebase(_, now):
            return f"main has moved to {now[:12]}"
        case Obstructed(reason):
            return f"proved; {reason}: merge it there"
        case Conflicts(paths):
            told = f"main has changed {', '.join(paths)} otherwise"
            return f"{told}: git switch {found.name} && git merge main"
        case Refused(reasons):
            return f"refused: {'; '.join(reasons)}"


def _show_proof(proof: Proof | None) -> None:
    if proof is None:
        click.echo("No proof.")
        return
    of = f"of tree {proof.tree[:12]} on base {proof.base[:12]}"
    click.echo(f"Proof {of}, risk {proof.risk.value}")
    for gate in proof.gates:
        mark = "FAILED" if not gate.passed else "passed" if not gate.approval else "to approve"
        click.echo(folded(f"  {mark}  {gate.gate}: {'; '.join(gate.evidence)}", "          "))
