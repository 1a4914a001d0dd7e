"""The forge's git repository, reached with stock git: answers `ports.forge.Remote`.

Built by `forge_connect`. Stock git, because it knows the ssh configuration, proxies and credential
helpers of whoever runs it, and because a push with a lease names the value that it replaces.
Nothing of the working tree and no branch of a person is touched: what is fetched is kept below
`refs/germline/forge/`.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pygit2

from controller import forge_limits
from controller import signing_limits as limits
from controller.adapters.forge_token import Token
from controller.adapters.git_approvals import APPROVALS
from controller.adapters.git_event_history import EVENTS_REF
from controller.adapters.git_main import MAIN
from controller.adapters.git_proofs import PROOFS
from controller.adapters.git_refs import move, tip
from controller.ports import Blocked, Unavailable
from controller.ports.forge import Moved, Push

DRAFTS: Final = "refs/heads/draft/"
THERE: Final = "refs/germline/forge/there/"
AGREED: Final = "refs/germline/forge/agreed/"
_MOVED: Final = ("stale info", "fetch first", "non-fast-forward", "failed to update ref")
_FORBIDDEN: Final = (
    "authentication failed",
    "permission denied",
    "could not read username",
    "invalid username or",
    "returned error: 401",
    "returned error: 403",
    "access denied",
)
_NO_REMOTE: Final = ("does not appear to be a git repository", "no such remote", "not found")


class GitRemote:
    """A remote of a clone, for one project's token. One object serves one thread."""

    def __init__(self, gitdir: Path, name: str, forge_url: str, token: Token) -> None:
        """`token` goes to the remote only if it is at `forge_url`, over HTTP."""
        self.name = name
        self._gitdir = gitdir
        self._forge_url = forge_url
        self._token = token
        self._repository = pygit2.Repository(str(gitdir))

    def refs(self) -> Mapping[str, str]:
        """See `ports.forge.Remote`."""
        asked = (MAIN, DRAFTS + "*", PROOFS, EVENTS_REF, APPROVALS + "*")
        lines = self._git("ls-remote", "--refs", "--", self.name, *asked).splitlines()
        found = {ref: commit for commit, _, ref in (line.partition("\t") for line in lines)}
        wanted = [ref for ref in found if ref == MAIN or ref.startswith(DRAFTS)]
        missing = [ref for ref in wanted if found[ref] not in self._repository]
        if missing:
            self._fetch([f"+{ref}:{THERE}{ref.removeprefix('refs/')}" for ref in missing])
            if any(found[ref] not in self._repository for ref in missing):
                raise Unavailable("the forge's branches move while they are fetched")
        self._fetch_approvals(found)
        return found

    def _fetch_approvals(self, found: Mapping[str, str]) -> None:
        """Those of the drafts that are there; each is verified where it is asked for."""
        tips = {commit for ref, commit in found.items() if ref.startswith(DRAFTS)}
        new = [
            f"{ref}:{ref}"
            for ref in sorted(found)
            if ref.startswith(APPROVALS)
            and ref.removeprefix(APPROVALS).partition("/")[0] in tips
            and self.own(ref) is None
        ]
        if new:
            self._fetch(new[: limits.APPROVALS_FETCHED])

    def _fetch(self, into: Sequence[str]) -> None:
        self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", self.name, *into)

    def push(self, pushes: Sequence[Push]) -> tuple[Moved, ...]:
        """See `ports.forge.Remote`."""
        if not pushes:
            return ()
        leases = [f"--force-with-lease={push.ref}:{push.was or ''}" for push in pushes]
        specs = [f"{push.to or ''}:{push.ref}" for push in pushes]
        said = self._git("push", "--porcelain", "--no-verify", *leases, "--", self.name, *specs)
        moved = []
        for ref, reason in _rejections(said):
            if not any(word in reason for word in _MOVED):
                raise Blocked(
                    f"the forge refused a push to {ref.removeprefix('refs/heads/')}: {reason}",
                    "let the controller's account push there, or merge on the forge",
                )
            moved.append(Moved(ref))
        return tuple(moved)

    def own(self, ref: str) -> str | None:
        """See `ports.forge.Remote`."""
        at = tip(self._repository, ref)
        return None if at is None else str(at)

    def approvals(self) -> Mapping[str, str]:
        """See `ports.forge.Remote`."""
        own = [ref for ref in self._repository.references if ref.startswith(APPROVALS)]
        return {ref: str(at) for ref in own if (at := tip(self._repository, ref)) is not None}

    def agreed(self) -> Mapping[str, str]:
        """See `ports.forge.Remote`."""
        own = [ref for ref in self._repository.references if ref.startswith(AGREED)]
        tips = {ref: tip(self._repository, ref) for ref in own}
        return {f"refs/{ref.removeprefix(AGREED)}": str(at) for ref, at in tips.items() if at}

    def agree(self, ref: str, commit: str | None) -> None:
        """See `ports.forge.Remote`."""
        own = AGREED + ref.removeprefix("refs/")
        new = None if commit is None else pygit2.Oid(hex=commit)
        was = tip(self._repository, own)
        if was != new:
            move(self._repository, own, was, new, "agreed")

    def _git(self, *arguments: str) -> str:
        """What git prints. A push that the other side rejects is no failure of git's."""
        command = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
        try:
            process = subprocess.Popen(
                command,
                cwd=self._gitdir,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise Blocked("there is no git program", "install git") from error
        with process:
            said, complained = self._heard(process, arguments[0])
        if process.returncode != 0 and not any(_rejections(said)):
            raise self._failure(arguments[0], complained)
        return said

    def _heard(self, process: subprocess.Popen[str], verb: str) -> tuple[str, str]:
        """What git says until it ends; one that takes too long is killed with its helpers."""
        bound = forge_limits.FORGE_GIT_SECONDS
        try:
            return process.communicate(timeout=bound)
        except subprocess.TimeoutExpired as error:
            what = f"`git {verb}` took longer than {bound:.0f} s"
            raise Unavailable(what, f"is {self.name} slow or out of reach?") from error
        finally:
            if process.poll() is None:  # also when we are interrupted
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _failure(self, verb: str, said: str) -> Blocked | Unavailable:
        reason = self._token.hidden_in(_first_complaint(said))
        what = f"`git {verb}` of {self.name} failed: {reason}"
        low = said.lower()
        if any(word in low for word in _FORBIDDEN):
            return Blocked(what, self._token.hint)
        if any(word in low for word in _NO_REMOTE):
            return Blocked(what, f"`git remote get-url {self.name}`: is it this forge's project?")
        return Unavailable(what, f"is {self.name} out of reach?")

    def _environment(self) -> dict[str, str]:
        """The token goes by the environment: arguments are for everybody to see."""
        given = {
            **os.environ,
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
        }
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            given.pop(name, None)
        header = self._token.basic()
        if header is None:
            return given
        return {
            **given,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self._forge_url.rstrip('/')}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {header}",
        }


def _rejections(porcelain: str) -> list[tuple[str, str]]:
    """(ref, why) of each line that git-push(1) marks with `!`."""
    found = []
    for line in porcelain.splitlines():
        flag, _, rest = line.partition("\t")
        if flag == "!" and "\t" in rest:
            names, summary = rest.split("\t", 1)
            found.append((names.partition(":")[2], summary.strip()))
    return found


def _first_complaint(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    chosen = (marked or lines or ["git said nothing"])[0]
    return chosen[: forge_limits.FORGE_REASON_CHARACTERS]
