"""One project of a forge: a real bare repository, and what a forge keeps beside it.

People act on it by its methods, as they would in a browser; the three APIs show it over HTTP.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.git.stock import git

NAME = "acme/genome"
TOKEN = "secret-0123456789"
PROTECTED = {
    "update": """#!/bin/sh
test "$1" != refs/heads/main || { echo 'main is protected' >&2; exit 1; }
""",
    "pre-receive": """#!/bin/sh
while read was to ref; do
  test "$ref" != refs/heads/main || { echo 'GL-HOOK-ERR: not allowed to push' >&2; exit 1; }
done
""",
}
"""How a forge refuses a push to main: one ref (GitHub, Forgejo), or the whole push (GitLab)."""


@dataclass
class PullRow:
    """A pull request as the forge stores it."""

    number: int
    branch: str
    title: str
    body: str
    head: str
    draft: bool = False
    state: str = "open"
    merged_by: str = ""
    closed_by: str = ""
    merge: str = ""
    labels: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    fork: bool = False


@dataclass
class StatusRow:
    """One status of a commit; a later one of the same context replaces it."""

    context: str
    state: str
    description: str


@dataclass
class Project:
    """The project and its repository."""

    path: Path
    finds_merges: bool = True
    pulls: dict[int, PullRow] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    statuses: dict[str, list[StatusRow]] = field(default_factory=dict)
    numbers: int = 0

    @classmethod
    def create(cls, path: Path, *, finds_merges: bool) -> Project:
        """An empty bare repository whose HEAD is main."""
        path.parent.mkdir(parents=True, exist_ok=True)
        git(path.parent, "init", "--quiet", "--bare", "-b", "main", path.name)
        git(path, "config", "http.receivepack", "true")
        return cls(path, finds_merges)

    def tip(self, branch: str) -> str | None:
        """Where a branch is."""
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"],
            cwd=self.path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or None

    def drafts(self) -> list[str]:
        """The names of its draft branches."""
        return git(
            self.path, "for-each-ref", "--format=%(refname:short)", "refs/heads/draft"
        ).split()

    def look(self) -> None:
        """What a forge does after a push: heads move, merges are found, lost branches close."""
        for pull in self.pulls.values():
            if pull.state != "open" or pull.fork:
                continue
            at = self.tip(pull.branch)
            pull.head = at or pull.head
            merge = self._merge_of(pull.head) if self.finds_merges else ""
            if merge:
                pull.state, pull.merge, pull.merged_by = "merged", merge, "controller"
            elif at is None:
                pull.state, pull.closed_by = "closed", "ana"

    def _merge_of(self, head: str) -> str:
        line = git(self.path, "rev-list", "--first-parent", "--parents", "main")
        for row in reversed(line.splitlines()):
            commit, *parents = row.split()
            if head in parents[1:]:
                return commit
        return ""

    def reviews(self, branch: str) -> bool:
        """Whether the branch has an open pull request."""
        mine = (pull for pull in self.pulls.values() if not pull.fork)
        return any(pull.branch == branch and pull.state == "open" for pull in mine)

    def open(self, branch: str, title: str, body: str, *, draft: bool = False) -> PullRow:
        """A new pull request."""
        head = self.tip(branch)
        assert head is not None
        self.numbers += 1
        row = PullRow(self.numbers, branch, title, body, head, draft)
        self.pulls[row.number] = row
        return row

    def merge(self, number: int, how: str = "merge", by: str = "ana") -> str:
        """Press the button: `merge` or `squash`. The commit on main."""
        pull = self.pulls[number]
        parents = ["-p", "main"] + (["-p", pull.branch] if how == "merge" else [])
        message = f"Merge pull request #{number} from {pull.branch}"
        tree = f"{pull.branch}^{{tree}}"
        commit = git(self.path, "commit-tree", tree, *parents, "-m", message).strip()
        git(self.path, "update-ref", "refs/heads/main", commit)
        pull.state, pull.merged_by, pull.merge = "merged", by, commit
        return commit

    def close(self, number: int, by: str = "ana") -> None:
        """Press the other button."""
        self.pulls[number].state, self.pulls[number].closed_by = "closed", by

    def commit(self, branch: str, path: str, text: str) -> str:
        """Edit a file on a branch in the browser."""
        work = self.path.parent / "browser"
        git(self.path.parent, "clone", "--quiet", "-b", branch, str(self.path), str(work))
        target = work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        git(work, "add", "-A")
        git(work, "commit", "--quiet", "-m", f"Edit {path}")
        git(work, "push", "--quiet", "origin", branch)
        subprocess.run(["rm", "-rf", str(work)], check=True)
        found = self.tip(branch)
        assert found is not None
        return found

    def delete(self, branch: str) -> None:
        """Delete a branch."""
        git(self.path, "update-ref", "-d", f"refs/heads/{branch}")

    def rewrite(self) -> str:
        """Force-push another history to main."""
        tree = git(self.path, "rev-parse", "main^{tree}").strip()
        commit = git(self.path, "commit-tree", tree, "-m", "Another history").strip()
        git(self.path, "update-ref", "refs/heads/main", commit)
        return commit

    def protect(self, way: str = "update", *, on: bool) -> None:
        """Refuse pushes to main, in one of the ways of `PROTECTED`."""
        hook = self.path / "hooks" / way
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(PROTECTED[way] if on else "#!/bin/sh\n")
        hook.chmod(0o755)

    def latest(self, commit: str) -> dict[str, StatusRow]:
        """The statuses that count."""
        return {row.context: row for row in self.statuses.get(commit, [])}
