"""The genome that ships with Germline: what `germline init` copies."""

from __future__ import annotations

from pathlib import Path

FOLDERS = (("genome-repo-template", ""), ("contracts", "contracts/"), ("phenotypes", "phenotypes/"))
"""Top-level folder → where its files go in a genome repository."""


def shipped_files() -> dict[str, bytes]:
    """Path → content of every file of a new genome repository.

    In an installed wheel the folders lie inside the package; in a checkout, beside it.
    """
    package = Path(__file__).parent
    inside = package / "shipped"
    root = inside if inside.is_dir() else package.parent
    files: dict[str, bytes] = {}
    for folder, prefix in FOLDERS:
        base = root / folder
        for path in sorted(base.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                files[prefix + path.relative_to(base).as_posix()] = path.read_bytes()
    return files
