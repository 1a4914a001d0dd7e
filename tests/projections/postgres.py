"""A PostgreSQL server of the suite's own: in a temporary folder, on a socket, as nobody."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "nobody"
"""Who the server runs as where the suite is root: PostgreSQL refuses to be."""


def binaries() -> Path | None:
    """Where the newest installed server's programs are, if there is one, and psycopg too."""
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return None
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """A fresh server; its connection string. Gone afterwards."""
    # A socket's path has at most 107 bytes (unix(7)), which pytest's own folders exceed.
    folder = Path(tempfile.mkdtemp(prefix="germline-pg-"))
    if os.geteuid() == 0:
        entry = pwd.getpwnam(USER)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    data, socket = folder / "data", f"-k {folder} -h ''"
    quick = "-c fsync=off -c full_page_writes=off"
    try:
        _run(programs / "initdb", "-D", data, "-U", "germline", "-A", "trust", "--no-sync")
        control = programs / "pg_ctl"
        _run(control, "-D", data, "-w", "-l", folder / "log", "-o", f"{socket} {quick}", "start")
        try:
            yield f"host={folder} user=germline dbname=postgres"
        finally:
            _run(control, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _run(*command: object) -> None:
    user = USER if os.geteuid() == 0 else None
    subprocess.run(
        [str(part) for part in command], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL
    )
