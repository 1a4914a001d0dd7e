"""What signatures cost: one, its verification, and a whole proof beside one that nobody signs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from controller.adapters.ssh_keygen import Key, sign, verify
from controller.membrane.signatures import PROOFS, SIGNERS_PATH, Signed
from controller.stories.merge import prove_draft
from tests.bench.figure import Figure, median_ms
from tests.signing.signed_stage import signed_stage

TIMES = 20


def figures() -> list[Figure]:
    """By an ed25519 key in a file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        signed_stage(Path(folder), risk="high") as room,
    ):
        draft = room.proved()
        proof, signers = room.proof(draft), room.on.main().files[SIGNERS_PATH]
        data, key, now = proof.statement(), Key(room.controller.path), room.on.clock.now()

        def verified() -> None:
            assert isinstance(verify(data, proof.signature, PROOFS, signers, now), Signed)

        membrane = room.on.organism.membrane
        bare = replace(membrane, notary=None)
        signed = median_ms(lambda: prove_draft(membrane, draft), TIMES)
        unsigned = median_ms(lambda: prove_draft(bare, draft), TIMES)
        return [
            Figure("a signature", median_ms(lambda: sign(data, PROOFS, key), TIMES), "ms"),
            Figure("its verification", median_ms(verified, TIMES), "ms"),
            Figure(
                "a draft judged, proof and approvals",
                median_ms(lambda: room.judged(draft), TIMES),
                "ms",
            ),
            Figure("a proof, signed", signed, "ms", unsigned, "the same proof, unsigned"),
        ]
