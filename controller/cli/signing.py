"""`key`, and what `draft`, `status` and `doctor` tell of signatures."""

from __future__ import annotations

from collections.abc import Iterator

import click

from controller.adapters import ssh_keygen
from controller.adapters.git_notary import GitNotary
from controller.adapters.machine import Finding
from controller.adapters.signing_keys import CREDENTIAL
from controller.adapters.ssh_keygen import Key
from controller.cli.genome import git_config, identity
from controller.cli.screen import complain, folded, organism
from controller.domains.world import JsonObject
from controller.membrane.draft import AGENT
from controller.membrane.proof import Proof
from controller.membrane.signatures import (
    APPROVALS,
    COMMITS,
    PROOFS,
    SIGNERS_PATH,
    SIGNING_PATH,
    Rejected,
    Signature,
    Signed,
)
from controller.ports import Blocked, DraftRef
from controller.stories.mainline import Main, read_main
from controller.stories.signing import authority_at, distrust_of, hold_of, signatures_of
from controller.wiring import Organism

CONTROLLER = "controller@germline.invalid"
"""The principal that the controller's line is given unless somebody says otherwise."""
_HOW = 'README.md, "Signatures", has the five commands'


@click.group()
def key() -> None:
    """Keys that sign; `ssh-keygen` makes them."""


@key.command("show")
@click.option("--controller", is_flag=True, help="The controller's, not yours.")
@click.option("--principal", help="Whom the line is to name.  [default: your e-mail address]")
@click.pass_obj
def show_key(path: str, controller: bool, principal: str | None) -> None:
    """The line of policy/allowed_signers for your key, or the controller's."""
    with organism(path) as opened:
        found = opened.past.notary.key(AGENT if controller else identity())
        public = "" if found is None else ssh_keygen.public_key(found)
    if not public:
        complain(*_keyless(controller=controller))
        raise SystemExit(1)
    name = principal or (CONTROLLER if controller else git_config("user.email"))
    spaces = (COMMITS, PROOFS) if controller else (COMMITS, APPROVALS)
    click.echo(f'{name} namespaces="{",".join(spaces)}" {public}')


def _keyless(*, controller: bool) -> tuple[str, str]:
    if controller:
        hint = f"[identity] controller of germline.toml names one, or the credential {CREDENTIAL}"
        return "the controller has no key here", hint
    hint = "git config gpg.format ssh && git config user.signingkey ~/.ssh/id_ed25519.pub"
    return "git has no SSH key of yours to sign with", hint


def prover(opened: Organism) -> str:
    """Who signs a proof that is asked for here: the controller if its key is here, else you."""
    try:
        has_key = opened.past.notary.key(AGENT) is not None
    except Blocked:  # it is another machine's
        has_key = False
    return AGENT if has_key else identity()


def tell_signed(opened: Organism, found: DraftRef, proof: Proof | None) -> list[str]:
    """Who signed a draft's tip, its proof and approvals of it, a line each."""
    if not found.base:
        return []
    notary, files = opened.past.notary, opened.repository.files(found.base)
    authority = authority_at(notary, files)
    tip = notary.sealed(found.commit)
    lines = [f"Draft: {_told(authority.of_commit(tip, then=True))}"]
    if proof is not None:
        lines.append(f"Proof: {_told(authority.of_proof(proof))}")
    signatures = signatures_of(notary, opened.repository, found, proof)
    lines += [f"Approved by {name}" for name in signatures.approved_by]
    return lines + [f"Does not count: {one}" for one in signatures.objections]


def _told(signature: Signature) -> str:
    if isinstance(signature, Signed):
        return f"signed by {signature.name}, {signature.key}"
    return signature.reason


def unsigned_of(opened: Organism, found: DraftRef) -> str | None:
    """What lacks a signature that counts around a draft, where policy asks for them."""
    proof = Proof.from_note(opened.repository.proof(found.commit))
    if proof is None:
        return None
    return distrust_of(opened.past.notary, opened.repository, found, proof)


def signing_told(opened: Organism, main: Main) -> JsonObject:
    """How it stands with signatures on main, for programs."""
    authority = authority_at(opened.past.notary, main.files)
    try:
        head = _told(authority.of_commit(opened.past.notary.sealed(main.commit)))
    except Blocked as blocked:  # no ssh-keygen here: the rest can be told all the same
        head = f"cannot be verified: {blocked.reason}"
    return {
        "required": main.signing.required,
        "people": list(main.signing.people),
        "vouched": opened.chronicle.ledger.vouched,
        "held": hold_of(opened.chronicle.ledger, opened.repository),
        "head": head,
    }


def show_signing(told: JsonObject) -> None:
    """The same, for people."""
    if told["held"]:
        click.echo(folded(f"  HELD   {told['held']}", "         "))
    asked = "required" if told["required"] else "not required"
    click.echo(folded(f"  signatures: {asked}; main's last commit {told['head']}", "         "))


def look_at_signing(opened: Organism) -> Finding:
    """Whether what is to be signed can be, and who may; for `doctor`."""
    main = read_main(opened.repository, opened.hands.bench.domain)
    notary, required = opened.past.notary, main.signing.required
    trouble = [*_wrong_signers(main), *_wrong_key(notary, main)]
    hold = hold_of(opened.chronicle.ledger, opened.repository)
    if hold is not None:
        return Finding("signatures", "ill", hold, "germline status; ARCHITECTURE.md, Signatures")
    if trouble:
        return Finding("signatures", "ill" if required else "poor", "; ".join(trouble), _HOW)
    if not required:
        return Finding("signatures", "poor", f"are not required by {SIGNING_PATH}", _HOW)
    people = ", ".join(main.signing.people)
    return Finding("signatures", "well", f"are required; the people are {people}")


def _wrong_signers(main: Main) -> Iterator[str]:
    signers = main.files.get(SIGNERS_PATH)
    if signers is None:
        yield f"there is no {SIGNERS_PATH} on main"
        return
    yield from (f"{SIGNERS_PATH}, {one}" for one in ssh_keygen.complaints(signers))
    named = {line.split()[0] for line in signers.decode(errors="replace").splitlines() if line}
    known = {name for names in named for name in names.strip('"').split(",")}
    for person in main.signing.people:
        if person not in known:
            yield f"{SIGNERS_PATH} has no key of {person}"


def _wrong_key(notary: GitNotary, main: Main) -> Iterator[str]:
    """What keeps the controller's signatures from counting, if anything does."""
    try:
        found = notary.key(AGENT)
        if found is None:
            yield f"the controller has no key: [identity] controller, or {CREDENTIAL}"
            return
        yield from _exposed(found, main)
        authority = authority_at(notary, main.files)
        for space in (COMMITS, PROOFS):
            signature = notary.sign(b"", space, AGENT)
            judged = notary.verify(b"", signature, space, authority.signers)
            if isinstance(judged, Rejected):
                yield f"what the controller signs as {space} {judged.reason}"
    except Blocked as blocked:
        yield blocked.reason


def _exposed(found: Key, main: Main) -> Iterator[str]:
    mode = found.path.stat().st_mode & 0o777
    if found.path.suffix != ".pub" and mode & 0o077:
        yield f"{found.path} has mode {mode:04o}: chmod 600"
    private = b"-----BEGIN OPENSSH PRIVATE KEY-----"
    for path, content in main.files.items():
        if path.startswith("policy/") and private in content:
            yield f"{path} on main holds a private key: it is everybody's now"
