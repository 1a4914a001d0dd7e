"""The genome that ships with Germline: what `germline init` copies."""

from __future__ import annotations

from pathlib import Path

FOLDERS = (("genome-repo-template", ""), ("contracts", "contracts/"), ("phenotypes", "phenotypes/"))
"""Top-level folder → where its files go in a genome repository."""


EXAMPLES = ("crm", "datacenter")
"""Other genomes to begin with, in `examples`."""
ADDITIONS = ("datacenter",)
"""Those of them that have all that ships as well."""


def shipped_files() -> dict[str, bytes]:
    """Path → content of every file of a new genome repository."""
    return {
        prefix + path: content
        for folder, prefix in FOLDERS
        for path, content in _below(folder).items()
    }


def example_files(name: str) -> dict[str, bytes]:
    """The same for one of `EXAMPLES`: a genome of its own, or more of the one that ships."""
    begun = shipped_files() if name in ADDITIONS else ci_files()
    return {**begun, **_below(f"examples/{name}")}


def ci_files() -> dict[str, bytes]:
    """What has GitHub, GitLab and Forgejo prove drafts: the template's hidden files."""
    template, _ = FOLDERS[0]
    return {path: data for path, data in _below(template).items() if path.startswith(".")}


def _below(folder: str) -> dict[str, bytes]:
    """In an installed wheel the folders lie inside the package; in a checkout, beside it."""
    package = Path(__file__).parent
    inside = package / "shipped"
    base = (inside if inside.is_dir() else package.parent) / folder
    return {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in sorted(base.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
