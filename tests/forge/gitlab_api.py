"""The part of GitLab's API that is used, with its shapes (docs.gitlab.com/api)."""

from __future__ import annotations

import re

from tests.forge.project import NAME, Project, PullRow, StatusRow
from tests.forge.server import Answer, Request, page, reset_in

ROOT = f"/api/v4/projects/{NAME}"
NUMBER = 7
"""The project's number, by which it may be called as well."""
DRAFT = "Draft: "


def limited() -> Answer:
    """A used up rate."""
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset_in(600), "Retry-After": "600"}
    return Answer(429, "Retry later\n", headers)


def answer(project: Project, request: Request) -> Answer:
    """One request."""
    method = request.method
    path = request.path.replace(f"/projects/{NUMBER}/", f"/projects/{NAME}/")
    if path == f"{ROOT}/merge_requests" and method == "GET":
        rows = [_pull(p, request) for p in project.pulls.values() if p.state == "open"]
        return page(request, list(rows))
    if path == f"{ROOT}/merge_requests":
        return _create(project, request)
    if found := re.fullmatch(rf"{ROOT}/merge_requests/(\d+)(/notes)?", path):
        row = project.pulls.get(int(found[1]))
        if row is None:
            return Answer(404, {"message": "404 Not found"})
        return _one(row, request, notes=bool(found[2]))
    if found := re.fullmatch(rf"{ROOT}/repository/commits/(\w+)/statuses", path):
        latest = project.latest(found[1]).values()
        rows = [
            {"id": n, "name": one.context, "status": one.state, "description": one.description}
            for n, one in enumerate(latest)
        ]
        return page(request, list(rows))
    if found := re.fullmatch(rf"{ROOT}/statuses/(\w+)", path):
        return _report(project, found[1], request)
    return Answer(404, {"error": "404 Not Found"})


def _create(project: Project, request: Request) -> Answer:
    body = request.body
    branch = str(body["source_branch"])
    if project.tip(branch) is None:
        return Answer(400, {"message": ["Source branch does not exist"]})
    if project.reviews(branch):
        said = "Another open merge request already exists for this source branch: !1"
        return Answer(409, {"message": [said]})
    row = project.open(branch, str(body["title"]), str(body["description"]))
    row.labels = str(body["labels"]).split(",")
    return Answer(201, _pull(row, request))


def _one(row: PullRow, request: Request, *, notes: bool) -> Answer:
    body = request.body
    if notes:
        row.comments.append(str(body["body"]))
        return Answer(201, {"id": len(row.comments), "body": body["body"]})
    if request.method == "PUT":
        row.title = str(body.get("title", row.title))
        row.body = str(body.get("description", row.body))
        added = str(body.get("add_labels", "")).split(",")
        row.labels = list(dict.fromkeys([*row.labels, *(name for name in added if name)]))
        if body.get("state_event") == "close":
            row.state, row.closed_by = "closed", "controller"
    return Answer(200, _pull(row, request))


def _report(project: Project, commit: str, request: Request) -> Answer:
    body = request.body
    row = StatusRow(str(body["name"]), str(body["state"]), str(body["description"]))
    before = project.latest(commit).get(row.context)
    if before is not None and before.state == row.state:
        said = f"Cannot transition status via :enqueue from :{row.state}"
        return Answer(400, {"message": said})
    project.statuses.setdefault(commit, []).append(row)
    return Answer(201, {"id": 1, "name": row.context, "status": row.state})


def _pull(row: PullRow, request: Request) -> dict[str, object]:
    return {
        "id": 1000 + row.number,
        "iid": row.number,
        "project_id": NUMBER,
        "source_project_id": 8 if row.fork else NUMBER,
        "target_project_id": NUMBER,
        "web_url": f"{request.base}/{NAME}/-/merge_requests/{row.number}",
        "source_branch": row.branch,
        "target_branch": "main",
        "sha": row.head,
        "state": {"open": "opened"}.get(row.state, row.state),
        "draft": row.title.startswith(DRAFT),
        "title": row.title,
        "description": row.body,
        "labels": row.labels,
        "merge_commit_sha": row.merge or None,
        "squash_commit_sha": None,
        "merge_user": {"username": row.merged_by} if row.merged_by else None,
        "closed_by": {"username": row.closed_by} if row.closed_by else None,
    }
