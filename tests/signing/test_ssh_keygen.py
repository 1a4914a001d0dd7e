"""Signatures by real keys: what counts, and what does not, with the reason in words."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.adapters import ssh_keygen
from controller.adapters.ssh_keygen import Key, complaints, public_key, sign, verify
from controller.membrane.signatures import NOT_SIGNED, Rejected, Signed
from controller.ports import Blocked
from tests.signing.keys import Pair, make_key

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DATA = b"what is signed"


@pytest.fixture
def ana(tmp_path: Path) -> Pair:
    return make_key(tmp_path / "keys", "ana")


def signed(by: Pair, namespace: str = "germline-proof") -> str:
    return sign(DATA, namespace, Key(by.path))


def reason(signature: str | None, signers: str, data: bytes = DATA) -> str:
    found = verify(data, signature, "germline-proof", signers.encode(), NOW)
    assert isinstance(found, Rejected)
    return found.reason


def test_a_signature_by_an_allowed_key_counts_for_its_principals(ana: Pair) -> None:
    line = ana.line().replace(ana.principal, f"ana,{ana.principal}")
    found = verify(DATA, signed(ana), "germline-proof", line.encode(), NOW)
    assert isinstance(found, Signed)
    assert found.principals == ("ana", ana.principal)
    assert found.key.startswith("ED25519 key SHA256:")


def test_the_same_key_signs_the_same_alike(ana: Pair) -> None:
    assert signed(ana) == signed(ana)


def test_a_key_that_nobody_allowed_is_named_by_its_fingerprint(ana: Pair, tmp_path: Path) -> None:
    eve = make_key(tmp_path / "keys", "eve")
    said = reason(signed(eve), ana.line())
    assert said.startswith("is signed by a key that is not allowed to, ED25519 key SHA256:")


def test_no_signers_allow_nobody(ana: Pair) -> None:
    assert "not allowed" in reason(signed(ana), "")


def test_a_key_counts_from_its_first_day_to_its_last(ana: Pair) -> None:
    line = ana.line('valid-after="20260601",valid-before="20260603"')
    signature = signed(ana)
    days = [datetime(2026, month, day, 12, tzinfo=UTC) for month, day in ((5, 31), (6, 2), (6, 3))]
    found = [verify(DATA, signature, "germline-proof", line.encode(), day) for day in days]
    assert [type(one) for one in found] == [Rejected, Signed, Rejected]


def test_a_revoked_key_is_told_to_be_so(ana: Pair) -> None:
    said = reason(signed(ana), ana.line('valid-before="20260101"'))
    assert "expired" in said


def test_days_of_signers_are_those_of_utc_wherever_it_runs(
    ana: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ana.line('valid-before="202606011230"').encode()
    for zone in ("UTC", "Asia/Tokyo", "America/Lima"):
        monkeypatch.setenv("TZ", zone)
        assert isinstance(verify(DATA, signed(ana), "germline-proof", line, NOW), Signed)


def test_a_key_without_the_namespace_does_not_count_in_it(ana: Pair) -> None:
    said = reason(signed(ana), ana.line('namespaces="git,germline-approval"'))
    assert 'not permitted for use in signature namespace "germline-proof"' in said


def test_a_signature_made_for_something_else_does_not_fit(ana: Pair) -> None:
    assert "namespace does not match" in reason(signed(ana, "git"), ana.line())


def test_what_was_changed_after_it_was_signed_does_not_fit(ana: Pair) -> None:
    assert "incorrect signature" in reason(signed(ana), ana.line(), b"what is forged")


def test_what_is_not_signed_says_so(ana: Pair) -> None:
    assert verify(DATA, None, "git", ana.line().encode(), NOW) == NOT_SIGNED


@pytest.mark.parametrize(
    "armour",
    [
        "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----",
        "nonsense",
        ssh_keygen.ARMOUR + "\nAAAA\n-----END SSH SIGNATURE-----",
        ssh_keygen.ARMOUR + "A" * 100_000,
    ],
)
def test_what_is_no_signature_is_refused_with_a_reason(ana: Pair, armour: str) -> None:
    assert "signature" in reason(armour, ana.line())


def test_one_broken_line_hides_no_other_and_is_told(ana: Pair) -> None:
    text = f"# ours\nbo ssh-ed25519 broken\nonly\n{ana.line()}"
    assert isinstance(verify(DATA, signed(ana), "germline-proof", text.encode(), NOW), Signed)
    assert complaints(text.encode()) == ("line 2: invalid key", "line 3: missing key")
    assert complaints(ana.line('valid-before="20200101"').encode()) == ()


@pytest.mark.parametrize("kind", [("-t", "ecdsa"), ("-t", "rsa", "-b", "2048")])
def test_other_kinds_of_keys_sign_as_well(tmp_path: Path, kind: tuple[str, ...]) -> None:
    key = make_key(tmp_path, "other", *kind, "-N", "")
    found = verify(DATA, signed(key), "germline-proof", key.line().encode(), NOW)
    assert isinstance(found, Signed)


def test_a_key_that_others_can_read_does_not_sign(ana: Pair) -> None:
    ana.path.chmod(0o644)
    with pytest.raises(Blocked, match="does not sign"):
        signed(ana)


def test_a_key_with_a_passphrase_asks_nobody_where_nobody_sits(tmp_path: Path) -> None:
    locked = make_key(tmp_path, "locked", "-t", "ed25519", "-N", "a passphrase")
    with pytest.raises(Blocked, match="does not sign") as refused:
        signed(locked)
    assert "agent" in refused.value.hint


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An ssh-agent of this test's own."""
    socket = tmp_path / "agent.sock"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("SSH_AUTH_SOCK=")  # it listens
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_an_agent_signs_for_a_public_key(ana: Pair, agent: None) -> None:
    subprocess.run(["ssh-add", "-q", str(ana.path)], check=True, env=dict(os.environ))
    ana.path.unlink()
    public = Key(Path(f"{ana.path}.pub"))
    signature = sign(DATA, "germline-proof", public)
    found = verify(DATA, signature, "germline-proof", ana.line().encode(), NOW)
    assert isinstance(found, Signed)
    assert public_key(public) == ana.public


def test_a_public_key_is_found_beside_the_private_one_or_made_from_it(ana: Pair) -> None:
    assert public_key(Key(ana.path)) == ana.public
    made = ana.public
    Path(f"{ana.path}.pub").unlink()
    assert public_key(Key(ana.path)) == made


def test_without_openssh_it_says_what_to_install(
    ana: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Blocked) as refused:
        verify(DATA, "-----BEGIN SSH SIGNATURE-----", "git", b"", NOW)
    assert refused.value.hint == "apt-get install openssh-client"
