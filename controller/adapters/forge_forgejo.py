"""Forgejo's and Gitea's pull requests over their common API: answers `ports.forge.Forge`.

Built by `forge_connect`. A draft has `WIP: ` before its title. A pushed merge is noticed only where
the project allows it to be marked by hand; elsewhere the pull request is closed with the commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from controller import forge_limits
from controller.adapters.forge_answers import nonsense, refusal, silence
from controller.adapters.forge_token import Token
from controller.membrane.checks import Check, CheckState
from controller.membrane.draft import PREFIX
from controller.membrane.pull_text import PullText
from controller.ports import Clock
from controller.ports.forge import Pull

DRAFT: Final = "WIP: "
COLOUR: Final = "#1d76db"
_PAGE: Final = 50
"""What servers give at once unless they are set otherwise."""
_STATES: Final[Mapping[str, CheckState]] = {
    "pending": "pending",
    "success": "success",
    "failure": "failure",
    "error": "cancelled",
    "warning": "cancelled",
}
_WORDS: Final[Mapping[CheckState, str]] = {
    "pending": "pending",
    "success": "success",
    "failure": "failure",
    "cancelled": "error",
}


class _User(BaseModel):
    login: str


class _Label(BaseModel):
    id: int
    name: str


class _Branch(BaseModel):
    ref: str
    sha: str
    repo_id: int


class _Answer(BaseModel):
    number: int
    html_url: str
    title: str
    body: str | None = None
    state: str
    merged: bool = False
    merged_by: _User | None = None
    merge_commit_sha: str | None = None
    labels: list[_Label] | None = None
    head: _Branch
    base: _Branch

    def pull(self, by: str = "") -> Pull:
        """As the port has it."""
        labels = tuple(label.name for label in self.labels or [])
        return Pull(
            number=self.number,
            url=self.html_url,
            branch=self.head.ref,
            head=self.head.sha,
            state="merged" if self.merged else "open" if self.state == "open" else "closed",
            draft=self.title.startswith(DRAFT),
            text=PullText(self.title.removeprefix(DRAFT), self.body or "", labels),
            by=self.merged_by.login if self.merged_by else by,
            merge=(self.merge_commit_sha or "") if self.merged else "",
        )


class _Status(BaseModel):
    context: str
    status: str
    description: str | None = None


class _Happening(BaseModel):
    type: str
    user: _User | None = None


Shape = TypeVar("Shape")


class ForgejoForge:
    """One project on Forgejo or Gitea."""

    def __init__(self, url: str, project: str, token: Token, clock: Clock) -> None:
        self._token = token
        self._clock = clock
        self._at = f"/api/v1/repos/{quote(project)}"
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"token {token.secret}", "Accept": "application/json"},
            timeout=forge_limits.FORGE_REQUEST_SECONDS,
        )

    def close_connection(self) -> None:
        """Let its sockets go."""
        self._client.close()

    def pulls(self) -> tuple[Pull, ...]:
        """See `ports.forge.Forge`."""
        listed = self._pages("/pulls", list[_Answer], state="open")
        own = (
            one.pull()
            for one in listed
            if one.head.repo_id == one.base.repo_id
            and one.base.ref == "main"
            and one.head.ref.startswith(PREFIX)
        )
        return tuple(sorted(own, key=lambda pull: pull.number))

    def pull(self, number: int) -> Pull | None:
        """See `ports.forge.Forge`. Who closed it is in its timeline."""
        answer = self._ask("GET", f"/pulls/{number}")
        if answer.status_code == 404:
            return None
        found = self._read(answer, _Answer)
        pull = found.pull()
        return pull if pull.state != "closed" else found.pull(self._closer(number))

    def open(self, branch: str, text: PullText) -> Pull:
        """See `ports.forge.Forge`."""
        wanted = {
            "head": branch,
            "base": "main",
            "title": DRAFT + text.title,
            "body": text.body,
            "labels": self._labels(text.labels),
        }
        return self._read(self._ask("POST", "/pulls", wanted), _Answer).pull()

    def revise(self, pull: Pull, text: PullText) -> None:
        """See `ports.forge.Forge`. Labels of other people stay."""
        mark = DRAFT if pull.draft else ""
        self._do("PATCH", f"/pulls/{pull.number}", {"title": mark + text.title, "body": text.body})
        if set(text.labels) - set(pull.text.labels):
            wanted = {"labels": self._labels(text.labels)}
            self._do("POST", f"/issues/{pull.number}/labels", wanted)

    def set_draft(self, pull: Pull, draft: bool) -> None:
        """See `ports.forge.Forge`."""
        found = self._read(self._ask("GET", f"/pulls/{pull.number}"), _Answer)
        title = (DRAFT if draft else "") + found.title.removeprefix(DRAFT)
        self._do("PATCH", f"/pulls/{pull.number}", {"title": title})

    def close(self, pull: Pull, comment: str) -> None:
        """See `ports.forge.Forge`."""
        self._do("POST", f"/issues/{pull.number}/comments", {"body": comment})
        self._do("PATCH", f"/pulls/{pull.number}", {"state": "closed"})

    def mark_merged(self, pull: Pull, commit: str) -> None:
        """See `ports.forge.Forge`."""
        wanted = {"Do": "manually-merged", "MergeCommitID": commit}
        answer = self._ask("POST", f"/pulls/{pull.number}/merge", wanted)
        if answer.status_code in (403, 405, 409, 422):
            self.close(pull, f"Merged as {commit}.")
        elif answer.is_error:
            raise self._refusal(answer)

    def checks(self, commit: str) -> Mapping[str, Check]:
        """See `ports.forge.Forge`. The newest comes first."""
        found: dict[str, Check] = {}
        for one in self._pages(f"/commits/{commit}/statuses", list[_Status], sort="highestindex"):
            state = _STATES.get(one.status, "pending")
            found.setdefault(one.context, Check(one.context, state, one.description or ""))
        return found

    def report(self, commit: str, check: Check) -> None:
        """See `ports.forge.Forge`."""
        wanted = {
            "state": _WORDS[check.state],
            "context": check.context,
            "description": check.description,
        }
        self._do("POST", f"/statuses/{commit}", wanted)

    def _labels(self, names: tuple[str, ...]) -> list[int]:
        """The numbers of labels, which are made if the project has none of that name."""
        known = {label.name: label.id for label in self._pages("/labels", list[_Label])}
        for name in names:
            if name not in known:
                wanted = {"name": name, "color": COLOUR}
                known[name] = self._read(self._ask("POST", "/labels", wanted), _Label).id
        return [known[name] for name in names]

    def _closer(self, number: int) -> str:
        happened = self._pages(f"/issues/{number}/timeline", list[_Happening])
        closers = [one.user.login for one in happened if one.type == "close" and one.user]
        return closers[-1] if closers else ""

    def _pages(self, path: str, shape: type[list[Shape]], **asked: str) -> Iterator[Shape]:
        for page in range(1, forge_limits.FORGE_PAGES + 1):
            parameters = {**asked, "page": str(page), "limit": str(_PAGE)}
            answer = self._ask("GET", path, parameters=parameters)
            found = self._read(answer, shape)
            yield from found
            if len(found) == 0 or "next" not in answer.links:
                return

    def _do(self, method: str, path: str, body: Mapping[str, object]) -> None:
        answer = self._ask(method, path, body)
        if answer.is_error:
            raise self._refusal(answer)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return self._client.request(method, self._at + path, json=body, params=parameters)
        except httpx.HTTPError as error:
            raise silence(error, self._token) from error

    def _read(self, answer: httpx.Response, shape: type[Shape]) -> Shape:
        if answer.is_error:
            raise self._refusal(answer)
        try:
            return TypeAdapter(shape).validate_json(answer.content)
        except ValidationError as error:
            raise nonsense(error, self._token) from error

    def _refusal(self, answer: httpx.Response) -> Exception:
        try:
            said = str(answer.json().get("message", ""))
        except (ValueError, AttributeError):
            said = answer.reason_phrase
        return refusal(answer.status_code, said, answer.headers, self._token, self._clock.now())
