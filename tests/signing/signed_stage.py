"""A stage whose policy asks for signatures: real keys of the controller, of Ana, and of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from controller.demo.setting import LOCUS, PERSON
from controller.membrane.proof import Proof
from controller.membrane.signatures import SIGNERS_PATH, SIGNING_PATH
from controller.membrane.verdict import Verdict
from controller.ports import DraftRef
from controller.stories.merge import judge, note_opened, prove_draft
from controller.stories.signing import approve
from tests.signing.keys import COMMITTING, DECIDING, Pair, make_key
from tests.stories.stage import ANNOUNCING, Stage, stage
from tests.stories.test_membrane import make_risk_high, raised

CONTRACT = "contracts/network/bridge_uplink.sg"


@dataclass(frozen=True, slots=True)
class SignedStage:
    """The stage and the keys. Whoever commits is Ana, unless `sit` says otherwise."""

    on: Stage
    controller: Pair
    ana: Pair
    eve: Pair

    def sit(self, key: Pair | None) -> None:
        """Somebody with this key, or without one, sits at the keyboard."""
        named = "" if key is None else str(key.path)
        self.on.git("config", "gpg.format", "ssh")
        self.on.git("config", "user.signingkey", named)

    def demand(self, *, people: Pair | None = None, controller: str = COMMITTING) -> None:
        """A commit that asks for signatures, and says whose count."""
        person = people or self.ana
        signers = person.line(DECIDING) + self.controller.line(controller)
        policy = f'[signing]\nrequired = true\npeople = ["{person.principal}"]\n'
        config = self.on.main().files["germline.toml"].decode().partition("\n[identity]")[0]
        identity = f'\n[identity]\ncontroller = "{self.controller.path}"\n'
        self.on.commit(
            {
                SIGNERS_PATH: signers.encode(),
                SIGNING_PATH: policy.encode(),
                "germline.toml": (config + identity).encode(),
            },
            "Signatures are asked for",
        )

    def propose(self, name: str = "draft/person/try", author: str = PERSON) -> DraftRef:
        """A draft that makes a good allele dominant."""
        message = f"A try\n\nGermline-Locus: {LOCUS}\nGermline-Phenotype: lab\n"
        repository = self.on.organism.repository
        changes = raised(self.on, ANNOUNCING)
        return repository.propose(name, repository.main(), changes, message, author)

    def proved(self) -> DraftRef:
        """The same, proved by the controller."""
        draft = self.propose()
        note_opened(self.on.organism.membrane, draft)
        assert prove_draft(self.on.organism.membrane, draft).passed
        return draft

    def approve(self, draft: DraftRef) -> str:
        """Whoever sits there approves."""
        return approve(self.on.organism.past.notary, self.on.organism.repository, draft, PERSON)

    def judged(self, draft: DraftRef) -> Verdict:
        """What may happen to a draft without a person."""
        main = self.on.main()
        return judge(self.on.organism.membrane, draft, main.policy, person=False)

    def proof(self, draft: DraftRef) -> Proof:
        """The proof that a draft has."""
        proof = Proof.from_note(self.on.organism.repository.proof(draft.commit))
        assert proof is not None
        return proof

    def attach(self, draft: DraftRef, proof: Proof) -> None:
        """Put a proof where the controller's was."""
        self.on.organism.repository.attach_proof(draft.commit, proof.to_note())

    def troubles(self) -> str:
        """What a pass complains about."""
        return "\n".join(self.on.organism.controller.run_pass().troubles)

    def main(self) -> str:
        """Where main is."""
        return self.on.organism.repository.main()


@contextmanager
def signed_stage(path: Path, *, risk: str = "medium") -> Iterator[SignedStage]:
    """Signatures are asked for, Ana sits there, and a pass has seen it."""
    keys = [make_key(path / "keys", name) for name in ("controller", "ana", "eve")]
    with stage(path) as on:
        if risk == "high":
            make_risk_high(on)
        room = SignedStage(on, *keys)
        room.sit(room.ana)
        room.demand()
        on.organism.controller.run_pass()
        assert on.organism.chronicle.ledger.vouched == room.main()
        yield room
