"""GitHub's pull requests with PyGithub: answers `ports.forge.Forge`. Built by `forge_connect`.

A draft is GitHub's own kind; where a plan has none (a private project of a free account) the pull
request is opened without. GitHub finds a pushed merge by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Final

import github
import requests
from github.GithubException import GithubException, UnknownObjectException
from github.PullRequest import PullRequest

from controller import forge_limits
from controller.adapters.forge_answers import nonsense, refusal, silence
from controller.adapters.forge_token import Token
from controller.membrane.checks import Check, CheckState
from controller.membrane.draft import PREFIX
from controller.membrane.pull_text import PullText
from controller.ports import Clock
from controller.ports.forge import Pull

PUBLIC: Final = "https://github.com"
_STATES: Final[Mapping[str, CheckState]] = {
    "pending": "pending",
    "success": "success",
    "failure": "failure",
    "error": "cancelled",
}
_WORDS: Final = {state: word for word, state in _STATES.items()}


class GitHubForge:
    """One project on GitHub, or on a GitHub Enterprise server."""

    def __init__(self, url: str, project: str, token: Token, clock: Clock) -> None:
        base = url.rstrip("/")
        self._token = token
        self._clock = clock
        self._project = project
        self._github = github.Github(
            auth=github.Auth.Token(token.secret),
            base_url="https://api.github.com" if base == PUBLIC else f"{base}/api/v3",
            timeout=forge_limits.FORGE_REQUEST_SECONDS,
            per_page=100,
            retry=None,  # what fails is tried again by a later pass
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,  # nothing is asked before it is needed
        )
        self._repository = self._github.get_repo(project)

    def close_connection(self) -> None:
        """Let its sockets go."""
        self._github.close()

    def pulls(self) -> tuple[Pull, ...]:
        """See `ports.forge.Forge`."""
        with self._answers():
            listed = self._repository.get_pulls(state="open", base="main", sort="created")
            found = list(islice(listed, forge_limits.FORGE_PAGES * 100))
            own = [one for one in found if one.head.ref.startswith(PREFIX) and self._is_own(one)]
            return tuple(sorted(map(_pull, own), key=lambda pull: pull.number))

    def pull(self, number: int) -> Pull | None:
        """See `ports.forge.Forge`. Who closed it is told by the issue behind it."""
        with self._answers():
            found = self._repository.get_pull(number)
            try:
                pull = _pull(found)
            except UnknownObjectException:
                return None
            if pull.state != "closed":
                return pull
            closer = found.as_issue().closed_by
            return _pull(found, closer.login if closer else "")

    def open(self, branch: str, text: PullText) -> Pull:
        """See `ports.forge.Forge`."""
        with self._answers():
            made = self._create(branch, text, draft=True)
            made.set_labels(*text.labels)
            return _pull(made)

    def revise(self, pull: Pull, text: PullText) -> None:
        """See `ports.forge.Forge`. Labels of other people stay."""
        with self._answers():
            found = self._repository.get_pull(pull.number)
            found.edit(title=text.title, body=text.body)
            if set(text.labels) - {label.name for label in found.labels}:
                found.add_to_labels(*text.labels)

    def set_draft(self, pull: Pull, draft: bool) -> None:
        """See `ports.forge.Forge`."""
        with self._answers():
            found = self._repository.get_pull(pull.number)
            if draft and not found.draft:
                found.convert_to_draft()
            elif found.draft and not draft:
                found.mark_ready_for_review()

    def close(self, pull: Pull, comment: str) -> None:
        """See `ports.forge.Forge`."""
        with self._answers():
            found = self._repository.get_pull(pull.number)
            found.create_issue_comment(comment)
            found.edit(state="closed")

    def mark_merged(self, pull: Pull, commit: str) -> None:
        """See `ports.forge.Forge`: GitHub finds out when main is pushed."""

    def checks(self, commit: str) -> Mapping[str, Check]:
        """See `ports.forge.Forge`."""
        with self._answers():
            found = self._repository.get_commit(commit).get_combined_status().statuses
            return {
                one.context: Check(
                    one.context, _STATES.get(one.state, "pending"), one.description or ""
                )
                for one in found
            }

    def report(self, commit: str, check: Check) -> None:
        """See `ports.forge.Forge`."""
        with self._answers():
            self._repository.get_commit(commit).create_status(
                _WORDS[check.state], description=check.description, context=check.context
            )

    def _create(self, branch: str, text: PullText, *, draft: bool) -> PullRequest:
        try:
            return self._repository.create_pull(
                "main", branch, title=text.title, body=text.body, draft=draft
            )
        except GithubException as error:
            if draft and error.status == 422 and "draft" in str(error.data).lower():
                return self._create(branch, text, draft=False)
            raise

    def _is_own(self, pull: PullRequest) -> bool:
        """A fork's branch may have any name; only the project's own are drafts."""
        of = pull.head.repo
        return of is not None and of.full_name.lower() == self._project.lower()

    @contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except GithubException as error:
            if error.status == 0 or error.status < 400:
                raise nonsense(error, self._token) from error
            said = error.data.get("message", "") if isinstance(error.data, dict) else error.data
            details = error.data.get("errors") if isinstance(error.data, dict) else None
            text = f"{said} {details}" if details else str(said)
            headers = error.headers or {}
            raise refusal(error.status, text, headers, self._token, self._clock.now()) from error
        except requests.RequestException as error:
            raise silence(error, self._token) from error
        except (ValueError, TypeError, AttributeError, AssertionError) as error:
            raise nonsense(error, self._token) from error


def _pull(found: PullRequest, closed_by: str = "") -> Pull:
    merged = found.merged_at is not None
    merger = found.merged_by if merged else None
    return Pull(
        number=found.number,
        url=found.html_url,
        branch=found.head.ref,
        head=found.head.sha,
        state="merged" if merged else "open" if found.state == "open" else "closed",
        draft=bool(found.draft),
        text=PullText(found.title, found.body or "", tuple(label.name for label in found.labels)),
        by=merger.login if merger else closed_by,
        merge=(found.merge_commit_sha or "") if merged else "",
    )
