"""Signs and verifies with stock ssh-keygen(1), in the format that git uses (SSHSIG).

Called by the notary. Stock, because it knows key files, certificates, security tokens and the
agent, and because `allowed_signers` means exactly what it says there. Nothing secret is an
argument: a private key is named by its file, everything else is handed over in memory.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from controller import signing_limits as limits
from controller.membrane.signatures import NOT_SIGNED, Rejected, Signature, Signed
from controller.ports import Blocked, Unavailable

PROGRAM: Final = "ssh-keygen"
ARMOUR: Final = "-----BEGIN SSH SIGNATURE-----"
_GOOD = re.compile(r'Good ".*" signature.* with (.* key SHA256:\S+)')
_PLACE = re.compile(r"^(?:/proc/self/fd/\d+|\S*allowed_signers):(\d+): ")
_NOBODYS: Final = b"""\
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggo+miF48wSSXU/2WyTz9eCML8A
2ZmvAuK5WPyhHAr3IAAAAEbm9uZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
OQAAAEBbXwAb3FFOG8/Yq9Xa2Lf+NyKZ3Iwe9OqSzDqIk2yUPHL6i6c1yQ/A1ifKY5Lkw8
jWAgjhKKOglJgIP7v0gBQB
-----END SSH SIGNATURE-----
"""
"""A signature of nothing, by a key that is gone."""
_MEANINGLESS: Final = ("Could not verify signature.", "No principal matched.")


@dataclass(frozen=True, slots=True)
class Key:
    """A key to sign with: the file of a private one, or of a public one that an agent signs for.

    `asks`: a person sits there, who may be asked for a passphrase or a touch.
    """

    path: Path
    asks: bool = False


def sign(data: bytes, namespace: str, key: Key) -> str:
    """An armoured signature. Raises `Blocked` if the key does not sign, `Unavailable` in time."""
    environment = dict(os.environ)
    if not key.asks:
        environment["SSH_ASKPASS_REQUIRE"] = "never"
    seconds = limits.PERSON_SIGN_SECONDS if key.asks else limits.SIGN_SECONDS
    arguments = ("-q", "-Y", "sign", "-n", namespace, "-f", str(key.path))
    done = _run(arguments, data, seconds, environment, alone=not key.asks)
    armoured = done.stdout.decode(errors="replace")
    if done.returncode != 0 or not armoured.startswith(ARMOUR):
        raise Blocked(
            f"{key.path} does not sign: {_last_line(done.stderr)}",
            "it must be there, mode 0600, and without a passphrase unless an agent has it; "
            "`germline doctor` looks at it",
        )
    return armoured


def verify(
    data: bytes, signature: str | None, namespace: str, signers: bytes, at: datetime
) -> Signature:
    """Whom a signature of `data` in a namespace speaks for, by signers, at a moment."""
    if not signature:
        return NOT_SIGNED
    if not signature.startswith(ARMOUR) or len(signature) > limits.SIGNATURE_CHARACTERS:
        return Rejected("has a signature that is none of an SSH key")
    with _files(signers[: limits.SIGNERS_BYTES], signature.encode()) as (known, sealed):
        moment = f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"
        found = _ask("-Y", "find-principals", "-f", known, "-s", sealed, moment)
        names = [line for line in found.stdout.decode(errors="replace").splitlines() if line]
        counted: list[str] = []
        complaints: list[str] = []
        key = ""
        for name in names[: limits.PRINCIPALS]:
            asked = ("-Y", "verify", "-f", known, "-I", name, "-n", namespace, "-s", sealed, moment)
            done = _ask(*asked, data=data)
            good = _GOOD.search(done.stdout.decode(errors="replace"))
            if done.returncode == 0 and good:
                counted.append(name)
                key = good.group(1)
            else:
                complaints.append(_complaint(done.stderr))
        if counted:
            return Signed(tuple(counted), key)
        if complaints:
            return Rejected(f"is signed by {names[0]}, but {complaints[0]}")
        whole = _ask("-Y", "check-novalidate", "-n", namespace, "-s", sealed, data=data)
    good = _GOOD.search(whole.stdout.decode(errors="replace"))
    if whole.returncode != 0 or not good:
        return Rejected(f"has a signature that does not fit: {_complaint(whole.stderr)}")
    late = [line for line in _lines(found.stderr) if "expired" in line or "not yet" in line]
    why = f": {late[0]}" if late else ""
    return Rejected(f"is signed by a key that is not allowed to, {good.group(1)}{why}")


def complaints(signers: bytes) -> tuple[str, ...]:
    """What ssh-keygen finds wrong with an allowed_signers file, line by line, in words.

    It reads all of such a file only to look for the key of a signature, so it gets one of nobody's.
    """
    with _files(signers, _NOBODYS) as (known, sealed):
        done = _ask("-Y", "find-principals", "-f", known, "-s", sealed)
    said = done.stderr.decode(errors="replace").splitlines()
    return tuple(_PLACE.sub(r"line \1: ", line) for line in said if _PLACE.match(line))


def public_key(key: Key) -> str:
    """`type base64` of a key: what an allowed_signers line ends with. Raises `Blocked`."""
    beside = key.path if key.path.suffix == ".pub" else Path(f"{key.path}.pub")
    try:
        text = beside.read_text() if beside.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Blocked(f"{beside} cannot be read: {error}") from error
    if not text:
        done = _ask("-y", "-P", "", "-f", str(key.path))
        text = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            raise Blocked(
                f"{key.path} shows no public key: {_last_line(done.stderr)}",
                f"put the public one beside it, as {beside}",
            )
    return " ".join(text.split()[:2])


@contextmanager
def _files(*contents: bytes) -> Iterator[tuple[str, ...]]:
    """Contents as files that are nowhere on a disk, by names that a child can open."""
    with ExitStack() as closing:
        names = []
        for content in contents:
            descriptor = os.memfd_create("germline", 0)
            closing.callback(os.close, descriptor)
            os.write(descriptor, content)
            os.set_inheritable(descriptor, True)
            names.append(f"/proc/self/fd/{descriptor}")
        yield tuple(names)


def _ask(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run it where times of a file without a zone are UTC, so that every clone reads them alike."""
    environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"}
    return _run(arguments, data, limits.VERIFY_SECONDS, environment, alone=True)


def _run(
    arguments: tuple[str, ...],
    data: bytes,
    seconds: float,
    environment: Mapping[str, str],
    *,
    alone: bool,
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [PROGRAM, *arguments],
            input=data,
            capture_output=True,
            check=False,
            timeout=seconds,
            env=environment,
            start_new_session=alone,
            close_fds=False,
        )
    except FileNotFoundError as error:
        raise Blocked("there is no ssh-keygen", "apt-get install openssh-client") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"ssh-keygen took longer than {seconds:.0f} s") from error


def _complaint(said: bytes) -> str:
    lines = [line for line in _lines(said) if line not in _MEANINGLESS]
    return lines[0] if lines else "ssh-keygen does not say why"


def _lines(said: bytes) -> list[str]:
    lines = said.decode(errors="replace").splitlines()
    return [_PLACE.sub("", line).strip() for line in lines if line.strip()]


def _last_line(said: bytes) -> str:
    lines = [line for line in _lines(said) if not line.startswith("@")]
    return lines[-1] if lines else "ssh-keygen says nothing"
