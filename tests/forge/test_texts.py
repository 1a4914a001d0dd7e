"""What is said to reviewers, and the decisions that need no forge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from controller import forge_limits
from controller.adapters.forge_answers import refusal
from controller.adapters.forge_token import Token
from controller.membrane.branches import Step, next_step
from controller.membrane.checks import checks_of
from controller.membrane.proof import GateResult, Proof
from controller.membrane.pull_text import Promotion, Subject, is_ours, pull_text
from controller.ports import Blocked, Unavailable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = Token("github", "s3cr3t")
commits = st.none() | st.sampled_from(["a", "b", "c"])


def subject(evidence: str = "all well", message: str = "A title\n\nWhy.\n") -> Subject:
    gate = GateResult(gate="shadow", passed=True, evidence=(evidence,))
    return Subject(
        name="draft/mutation/x",
        message=message,
        changed={"phenotypes/lab.sg": "modified"},
        promotions=(Promotion("lab", "uplink", ("1" * 64,), ("2" * 64, "1" * 64)),),
        allele=None,
        parent=None,
        risk="medium",
        standing="Proved.",
        proof=Proof(tree="t" * 40, base="b" * 40, gates=(gate,)),
    )


@given(commits, commits, commits)
def test_a_change_of_one_side_alone_is_taken_over_by_the_other(
    here: str | None, agreed: str | None, there: str | None
) -> None:
    step = next_step(here, agreed, there)
    if here == there:
        assert step in (Step.KEEP, Step.AGREE)
    elif there == agreed:
        assert step in (Step.PUSH, Step.WITHDRAW)
    else:
        assert step in (Step.FOLLOW, Step.GONE)


@given(commits, commits, commits)
def test_every_step_leads_to_agreement(
    here: str | None, agreed: str | None, there: str | None
) -> None:
    for _ in range(3):
        match next_step(here, agreed, there):
            case Step.AGREE:
                agreed = here
            case Step.PUSH | Step.WITHDRAW:
                there = agreed = here
            case Step.FOLLOW | Step.GONE:
                here = agreed = there
            case Step.KEEP:
                pass
    assert here == agreed == there


def test_a_gate_that_leaves_it_to_a_person_says_so_in_its_row() -> None:
    gate = GateResult(gate="blast radius", passed=True, evidence=("far",), approval=True)
    proof = Proof(tree="t" * 40, base="b" * 40, gates=(gate,))
    body = pull_text(replace(subject(), proof=proof)).body
    assert "| blast radius | **a person decides** | `far` |" in body


@given(st.text(max_size=300))
def test_evidence_mentions_nobody_and_breaks_no_table(evidence: str) -> None:
    body = pull_text(subject(evidence)).body
    (row,) = [line for line in body.split("\n") if line.startswith("| shadow |")]
    assert row.replace("\\|", "").count("|") == 4


def test_trailers_are_for_machines() -> None:
    message = "A title\n\nWhy.\n\nGermline-Locus: uplink\nGermline-Risk: medium\n"
    text = pull_text(subject(message=message))
    assert text.title == "A title"
    assert text.body.startswith("Why.\n\n## What changes")
    assert "Germline-" not in text.body
    assert "| `lab` | `uplink` | `111111111111` | `222222222222`, `111111111111` |" in text.body
    assert text.labels == ("germline", "mutation", "risk: medium")


def test_a_text_is_ours_until_somebody_edits_it() -> None:
    text = pull_text(subject())
    assert is_ours(text.title, text.body)
    assert is_ours(text.title, text.body.replace("\n", "\r\n") + "\n")
    assert not is_ours(text.title + "!", text.body)
    assert not is_ours(text.title, text.body.replace("Why.", "Because."))
    assert not is_ours(text.title, "Something else")


def test_a_proof_is_shown_gate_by_gate_in_lines_that_every_forge_takes() -> None:
    gates = (
        GateResult(gate="failing input", passed=False, evidence=("x" * 500,)),
        GateResult(gate="paths", passed=True, evidence=("fine",)),
    )
    checks = checks_of(Proof(tree="t", base="b", gates=gates))
    assert [(one.context, one.state) for one in checks] == [
        ("germline/proof", "failure"),
        ("germline/failing-input", "failure"),
        ("germline/paths", "success"),
    ]
    assert all(len(one.description) <= forge_limits.FORGE_CHECK_CHARACTERS for one in checks)
    assert [one.state for one in checks_of(None)] == ["pending"]


def test_a_used_up_rate_is_waited_out_by_the_servers_clock() -> None:
    there = NOW + timedelta(days=300)
    headers = {
        "Date": format_datetime(there, usegmt=True),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(there.timestamp()) + 90),
    }
    gone = refusal(403, "API rate limit exceeded", headers, TOKEN, NOW)
    assert isinstance(gone, Unavailable)
    assert gone.retry_after_s == 90
    for text, seconds in (("120", 120.0), (format_datetime(there + timedelta(minutes=2)), 120.0)):
        gone = refusal(429, "", {"Date": headers["Date"], "Retry-After": text}, TOKEN, NOW)
        assert isinstance(gone, Unavailable)
        assert gone.retry_after_s == seconds
    far = refusal(429, "", {"Retry-After": "1e12"}, TOKEN, NOW)
    assert isinstance(far, Unavailable)
    assert far.retry_after_s == forge_limits.FORGE_RESET_MAX_SECONDS


def test_a_token_that_a_server_repeats_is_not_told() -> None:
    told = refusal(401, "token s3cr3t is bad", {}, TOKEN, NOW)
    assert isinstance(told, Blocked)
    assert "s3cr3t" not in told.reason + told.hint + repr(TOKEN)
