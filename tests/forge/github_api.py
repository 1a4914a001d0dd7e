"""The part of GitHub's API that is used, with its shapes (docs.github.com/rest, GraphQL)."""

from __future__ import annotations

import re

from tests.forge.project import NAME, Project, PullRow
from tests.forge.server import Answer, Request, page, reset_in

API = "/api/v3"
REPO = f"{API}/repos/{NAME}"
MUTATION = re.compile(r"(markPullRequestReadyForReview|convertPullRequestToDraft)")


def limited() -> Answer:
    """A used up rate."""
    message = "API rate limit exceeded for user ID 1."
    headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0"}
    return Answer(403, {"message": message}, {**headers, "X-RateLimit-Reset": reset_in(600)})


def answer(project: Project, request: Request) -> Answer:
    """One request."""
    path, method = request.path, request.method
    if path == "/api/graphql":
        return _mutate(project, request)
    if path == f"{REPO}/pulls" and method == "GET":
        rows = [_pull(p, request) for p in project.pulls.values() if p.state == "open"]
        return page(request, list(rows))
    if path == f"{REPO}/pulls" and method == "POST":
        return _create(project, request)
    if found := re.fullmatch(rf"{REPO}/(pulls|issues)/(\d+)(/\w+)?", path):
        row = project.pulls.get(int(found[2]))
        if row is None:
            return Answer(404, {"message": "Not Found", "status": "404"})
        return _one(row, request, found[1], found[3] or "")
    if found := re.fullmatch(rf"{REPO}/commits/(\w+)(/status)?", path):
        return _commit(project, found[1], bool(found[2]), request)
    if found := re.fullmatch(rf"{REPO}/statuses/(\w+)", path):
        return _report(project, found[1], request)
    return Answer(404, {"message": "Not Found", "status": "404"})


def _create(project: Project, request: Request) -> Answer:
    body = request.body
    branch = str(body["head"])
    if project.tip(branch) is None:
        errors = [{"resource": "PullRequest", "field": "head", "code": "invalid"}]
        return Answer(422, {"message": "Validation Failed", "errors": errors})
    if project.reviews(branch):
        errors = [{"message": f"A pull request already exists for acme:{branch}."}]
        return Answer(422, {"message": "Validation Failed", "errors": errors})
    row = project.open(branch, str(body["title"]), str(body["body"]), draft=bool(body["draft"]))
    return Answer(201, _pull(row, request))


def _one(row: PullRow, request: Request, kind: str, rest: str) -> Answer:
    if rest == "/comments":
        row.comments.append(str(request.body["body"]))
        return Answer(201, {"id": len(row.comments), "body": request.body["body"]})
    if rest == "/labels":
        given = request.body if isinstance(request.body, list) else request.body["labels"]
        named = [str(one) for one in given]  # type: ignore[union-attr]
        kept = [] if request.method == "PUT" else row.labels
        row.labels = list(dict.fromkeys([*kept, *named]))
        return Answer(200, [_label(name) for name in row.labels])
    if request.method == "PATCH":
        row.title = str(request.body.get("title", row.title))
        row.body = str(request.body.get("body", row.body))
        if request.body.get("state") == "closed":
            row.state, row.closed_by = "closed", "controller"
    if kind == "issues":
        closer = {"login": row.closed_by} if row.closed_by else None
        told = {"number": row.number, "closed_by": closer, "url": _url(request, "issues", row)}
        return Answer(200, told)
    return Answer(200, _pull(row, request))


def _commit(project: Project, commit: str, combined: bool, request: Request) -> Answer:
    at = f"{request.base}{REPO}/commits/{commit}"
    if not combined:
        return Answer(200, {"sha": commit, "url": at})
    rows = [
        {"context": one.context, "state": one.state, "description": one.description}
        for one in project.latest(commit).values()
    ]
    return Answer(200, {"sha": commit, "state": "pending", "statuses": rows, "url": at})


def _report(project: Project, commit: str, request: Request) -> Answer:
    from tests.forge.project import StatusRow

    body = request.body
    if len(str(body["description"])) > 140:
        return Answer(422, {"message": "Validation Failed"})
    row = StatusRow(str(body["context"]), str(body["state"]), str(body["description"]))
    project.statuses.setdefault(commit, []).append(row)
    return Answer(201, {"context": row.context, "state": row.state})


def _mutate(project: Project, request: Request) -> Answer:
    named = MUTATION.search(str(request.body["query"]))
    variables = request.body["variables"]
    assert isinstance(variables, dict)
    if named is None:
        return Answer(200, {"errors": [{"message": "Parse error"}]})
    row = project.pulls[int(str(variables["input"]["pullRequestId"]).removeprefix("PR_"))]
    row.draft = named[1] == "convertPullRequestToDraft"
    told = {"clientMutationId": None, "pullRequest": {"isDraft": row.draft}}
    return Answer(200, {"data": {named[1]: told}})


def _url(request: Request, kind: str, row: PullRow) -> str:
    return f"{request.base}{REPO}/{kind}/{row.number}"


def _label(name: str) -> dict[str, object]:
    return {"name": name, "color": "ededed"}


def _pull(row: PullRow, request: Request) -> dict[str, object]:
    of = {"full_name": "eve/genome" if row.fork else NAME}
    merged = row.state == "merged"
    return {
        "number": row.number,
        "node_id": f"PR_{row.number}",
        "url": _url(request, "pulls", row),
        "issue_url": _url(request, "issues", row),
        "html_url": f"{request.base}/{NAME}/pull/{row.number}",
        "state": "open" if row.state == "open" else "closed",
        "draft": row.draft,
        "title": row.title,
        "body": row.body,
        "labels": [_label(name) for name in row.labels],
        "head": {"ref": row.branch, "sha": row.head, "repo": of},
        "base": {"ref": "main", "repo": {"full_name": NAME}},
        "merged": merged,
        "merged_at": "2026-01-01T00:00:00Z" if merged else None,
        "merged_by": {"login": row.merged_by} if merged else None,
        "merge_commit_sha": row.merge or None,
    }
