"""The part of Forgejo's and Gitea's API that is used, with its shapes (their swagger.v1.json)."""

from __future__ import annotations

import re

from tests.forge.project import NAME, Project, PullRow, StatusRow
from tests.forge.server import Answer, Request, page

ROOT = f"/api/v1/repos/{NAME}"


def limited() -> Answer:
    """A used up rate, as a proxy before it says."""
    return Answer(429, {"message": "Too Many Requests"}, {"Retry-After": "600"})


def answer(project: Project, request: Request) -> Answer:
    """One request."""
    path, method = request.path, request.method
    if path == f"{ROOT}/pulls" and method == "GET":
        rows = [_pull(p, request, project) for p in project.pulls.values() if p.state == "open"]
        return page(request, list(rows), "limit")
    if path == f"{ROOT}/pulls":
        return _create(project, request)
    if path == f"{ROOT}/labels":
        return _labels(project, request)
    if found := re.fullmatch(rf"{ROOT}/(?:pulls|issues)/(\d+)(/\w+)?", path):
        row = project.pulls.get(int(found[1]))
        if row is None:
            said = "The target couldn't be found."
            return Answer(404, {"message": said, "url": f"{request.base}/api/swagger"})
        return _one(project, row, request, found[2] or "")
    if found := re.fullmatch(rf"{ROOT}/commits/(\w+)/statuses", path):
        rows = [_status(one) for one in reversed(project.statuses.get(found[1], []))]
        return page(request, list(rows), "limit")
    if found := re.fullmatch(rf"{ROOT}/statuses/(\w+)", path):
        body = request.body
        row_ = StatusRow(str(body["context"]), str(body["state"]), str(body["description"]))
        project.statuses.setdefault(found[1], []).append(row_)
        return Answer(201, _status(row_))
    return Answer(404, {"message": "Not Found"})


def _create(project: Project, request: Request) -> Answer:
    body = request.body
    branch = str(body["head"])
    if project.tip(branch) is None:
        return Answer(404, {"message": "The target couldn't be found."})
    if project.reviews(branch):
        said = "pull request already exists for these targets [id: 1, issue_id: 1, ...]"
        return Answer(409, {"message": said})
    row = project.open(branch, str(body["title"]), str(body["body"]))
    row.labels = _named(project, body["labels"])
    return Answer(201, _pull(row, request, project))


def _labels(project: Project, request: Request) -> Answer:
    if request.method == "POST":
        project.labels.append(str(request.body["name"]))
        return Answer(201, _label(project, project.labels[-1]))
    return page(request, [_label(project, name) for name in project.labels], "limit")


def _one(project: Project, row: PullRow, request: Request, rest: str) -> Answer:
    body = request.body
    match rest:
        case "/comments":
            row.comments.append(str(body["body"]))
            return Answer(201, {"id": len(row.comments), "body": body["body"]})
        case "/labels":
            row.labels = list(dict.fromkeys([*row.labels, *_named(project, body["labels"])]))
            return Answer(200, [_label(project, name) for name in row.labels])
        case "/timeline":
            closed = {"type": "close", "user": {"login": row.closed_by}}
            return page(request, [{"type": "pull_push", "user": None}, closed], "limit")
        case "/merge":
            if not project.finds_merges:
                said = "manually merged is not allowed in this repository"
                return Answer(405, {"message": said})
            row.state, row.merge = "merged", str(body["MergeCommitID"])
            row.merged_by = "controller"
            return Answer(200, "")
        case _:
            pass
    if request.method == "PATCH":
        row.title = str(body.get("title", row.title))
        row.body = str(body.get("body", row.body))
        if body.get("state") == "closed":
            row.state, row.closed_by = "closed", "controller"
        return Answer(201, _pull(row, request, project))
    return Answer(200, _pull(row, request, project))


def _named(project: Project, numbers: object) -> list[str]:
    assert isinstance(numbers, list)
    return [project.labels[number - 1] for number in numbers]


def _label(project: Project, name: str) -> dict[str, object]:
    return {"id": project.labels.index(name) + 1, "name": name, "color": "1d76db"}


def _status(row: StatusRow) -> dict[str, object]:
    return {"context": row.context, "status": row.state, "description": row.description}


def _pull(row: PullRow, request: Request, project: Project) -> dict[str, object]:
    merged = row.state == "merged"
    return {
        "id": 500 + row.number,
        "number": row.number,
        "html_url": f"{request.base}/{NAME}/pulls/{row.number}",
        "title": row.title,
        "body": row.body,
        "state": "open" if row.state == "open" else "closed",
        "draft": row.title.startswith("WIP: "),
        "merged": merged,
        "merged_by": {"id": 2, "login": row.merged_by} if merged else None,
        "merge_commit_sha": row.merge or None,
        "labels": [_label(project, name) for name in row.labels],
        "head": {
            "label": row.branch,
            "ref": row.branch,
            "sha": row.head,
            "repo_id": 9 if row.fork else 4,
        },
        "base": {"label": "main", "ref": "main", "sha": "", "repo_id": 4},
    }
