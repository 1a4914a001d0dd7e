"""What `status` and `plan` say of a change that is on its way to a fleet."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.terminal import germline
from tests.fleet.genome import DOWN, FORMER, LATTER, LOCUS, short
from tests.stories.crowd import crowd


def test_who_is_the_canary_is_told_before_it_begins_and_who_waits_afterwards(
    tmp_path: Path,
) -> None:
    with crowd(tmp_path, hosts=("ada", "bea", "cas")) as fleet:
        fleet.merge(LATTER, FORMER)
        values = json.dumps({"interface": fleet.interface, "address": "10.99.0.1/24"})
        asked = ("plan", LOCUS, "--on", "simulated:bea", "--input", values)
        planned = germline(*asked, at=fleet.path)
        assert (
            f"rollout: {short(LATTER)} at {LOCUS} in fleet: to begin with canary simulated:ada"
            in " ".join(planned.out.split())
        )
        fleet.one_pass()
        told = json.loads(germline("status", "--format", "json", at=fleet.path).out)
        assert told["rollouts"] == [
            f"{short(LATTER)} at {LOCUS} in fleet: canary simulated:ada, then batches of 4 then "
            "16; 0 of 3 have it"
        ]
        waiting = [gap["status"] for gap in told["gaps"] if gap["status"].startswith("waits until")]
        assert waiting == [f"waits until simulated:ada, the canary, has kept {short(LATTER)}"] * 2


def test_a_change_that_only_a_person_can_take_back_is_told_with_the_command(
    tmp_path: Path,
) -> None:
    with crowd(tmp_path, hosts=("ada", "bea")) as fleet:
        merge = fleet.merge(DOWN, FORMER, **{"policy/merge.toml": b"[merge]\n"})
        again = {"policy/merge.toml": b"# ours\n[merge]\n"}
        fleet.organism.repository.commit_main(again, "Policy", "P <p@x.invalid>")
        fleet.settle()
        said = germline("status", at=fleet.path)
        assert f"`git revert -m 1 {merge[:12]}`" in " ".join(said.out.split())
