"""GitLab's merge requests with python-gitlab: answers `ports.forge.Forge`.

Built by `forge_connect`. A draft has `Draft: ` before its title. GitLab finds a pushed merge by
itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import gitlab
import requests
from gitlab.exceptions import GitlabAuthenticationError, GitlabError, GitlabParsingError
from gitlab.v4.objects import ProjectMergeRequest

from controller import forge_limits
from controller.adapters.forge_answers import nonsense, refusal, silence
from controller.adapters.forge_token import Token
from controller.membrane.checks import Check, CheckState
from controller.membrane.draft import PREFIX
from controller.membrane.pull_text import PullText
from controller.ports import Clock
from controller.ports.forge import Pull, PullState

DRAFT: Final = "Draft: "
_STATES: Final[Mapping[str, CheckState]] = {
    "pending": "pending",
    "running": "pending",
    "success": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "cancelled",
}
_WORDS: Final[Mapping[CheckState, str]] = {
    "pending": "pending",
    "success": "success",
    "failure": "failed",
    "cancelled": "canceled",
}
_AT_ONCE: Final[dict[str, Any]] = {"obey_rate_limit": False}
"""python-gitlab would sleep through a used up rate; a later pass tries again instead."""


class GitLabForge:
    """One project on GitLab."""

    def __init__(self, url: str, project: str, token: Token, clock: Clock) -> None:
        self._token = token
        self._clock = clock
        self._headers: Mapping[str, str] = {}
        self._session = requests.Session()
        self._session.hooks["response"].append(self._remember)
        self._gitlab = gitlab.Gitlab(
            url.rstrip("/"),
            private_token=token.secret,
            timeout=forge_limits.FORGE_REQUEST_SECONDS,
            per_page=100,
            session=self._session,
        )
        self._project = self._gitlab.projects.get(project, lazy=True)

    def close_connection(self) -> None:
        """Let its sockets go."""
        self._session.close()

    def pulls(self) -> tuple[Pull, ...]:
        """See `ports.forge.Forge`."""
        with self._answers():
            listed = self._project.mergerequests.list(
                state="opened", target_branch="main", get_all=True, **_AT_ONCE
            )
            found = [_pull(one) for one in listed if one.source_project_id == one.target_project_id]
        own = (pull for pull in found if pull.branch.startswith(PREFIX))
        return tuple(sorted(own, key=lambda pull: pull.number))

    def pull(self, number: int) -> Pull | None:
        """See `ports.forge.Forge`."""
        with self._answers():
            try:
                return _pull(self._get(number))
            except GitlabError as error:
                if error.response_code == 404:
                    return None
                raise

    def open(self, branch: str, text: PullText) -> Pull:
        """See `ports.forge.Forge`."""
        wanted = {
            "source_branch": branch,
            "target_branch": "main",
            "title": DRAFT + text.title,
            "description": text.body,
            "labels": ",".join(text.labels),
        }
        with self._answers():
            made = self._project.mergerequests.create(wanted, **_AT_ONCE)
            assert isinstance(made, ProjectMergeRequest)
            return _pull(made)

    def revise(self, pull: Pull, text: PullText) -> None:
        """See `ports.forge.Forge`. Labels of other people stay."""
        mark = DRAFT if pull.draft else ""
        self._update(
            pull,
            title=mark + text.title,
            description=text.body,
            add_labels=",".join(text.labels),
        )

    def set_draft(self, pull: Pull, draft: bool) -> None:
        """See `ports.forge.Forge`."""
        with self._answers():
            title = _bare(str(self._get(pull.number).title))
        self._update(pull, title=(DRAFT if draft else "") + title)

    def close(self, pull: Pull, comment: str) -> None:
        """See `ports.forge.Forge`."""
        with self._answers():
            self._get(pull.number).notes.create({"body": comment}, **_AT_ONCE)
        self._update(pull, state_event="close")

    def mark_merged(self, pull: Pull, commit: str) -> None:
        """See `ports.forge.Forge`: GitLab finds out when main is pushed."""

    def checks(self, commit: str) -> Mapping[str, Check]:
        """See `ports.forge.Forge`."""
        with self._answers():
            found = self._project.commits.get(commit, lazy=True).statuses.list(
                get_all=True, **_AT_ONCE
            )
            return {
                one.name: Check(one.name, _STATES.get(one.status, "pending"), one.description or "")
                for one in found
            }

    def report(self, commit: str, check: Check) -> None:
        """See `ports.forge.Forge`."""
        wanted = {
            "state": _WORDS[check.state],
            "name": check.context,
            "description": check.description,
        }
        with self._answers():
            self._project.commits.get(commit, lazy=True).statuses.create(wanted, **_AT_ONCE)

    def _get(self, number: int) -> ProjectMergeRequest:
        return self._project.mergerequests.get(number, **_AT_ONCE)

    def _update(self, pull: Pull, **wanted: str) -> None:
        with self._answers():
            self._project.mergerequests.update(pull.number, wanted, **_AT_ONCE)

    def _remember(self, response: requests.Response, *_: object, **__: object) -> None:
        """python-gitlab's errors do not carry the headers that say how long to wait."""
        self._headers = response.headers

    @contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except GitlabParsingError as error:
            raise nonsense(error, self._token) from error
        except GitlabError as error:
            status = error.response_code
            if status is None and isinstance(error, GitlabAuthenticationError):
                status = 401
            if status is None or status < 400:
                raise nonsense(error, self._token) from error
            said = str(error.error_message)
            raise refusal(status, said, self._headers, self._token, self._clock.now()) from error
        except requests.RequestException as error:
            raise silence(error, self._token) from error
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise nonsense(error, self._token) from error


_PULL_STATES: Final[Mapping[str, PullState]] = {"opened": "open", "merged": "merged"}


def _pull(found: Any) -> Pull:
    """From what python-gitlab gives, whose attributes are whatever the server said."""
    state = _PULL_STATES.get(found.state, "closed")
    actor = found.attributes.get("merge_user" if state == "merged" else "closed_by") or {}
    merge = found.attributes.get("merge_commit_sha") or found.attributes.get("squash_commit_sha")
    return Pull(
        number=int(found.iid),
        url=str(found.web_url),
        branch=str(found.source_branch),
        head=str(found.sha or ""),
        state=state,
        draft=bool(found.draft),
        text=PullText(_bare(str(found.title)), found.description or "", tuple(found.labels)),
        by=str(actor.get("username", "")) if state != "open" else "",
        merge=str(merge or found.sha) if state == "merged" else "",
    )


def _bare(title: str) -> str:
    return title.removeprefix(DRAFT)
