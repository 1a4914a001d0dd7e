"""Packs what a host needs into one file: `controller.outpost` and all that it imports.

What is packed is what a fresh interpreter has loaded after importing it, so nothing is listed by
hand; pyroute2 comes whole, since it imports some of itself late. The same sources give the same
bytes, whose SHA-256 names them: entries are sorted, undated and uncompressed. Beside each loaded
module stands its bytecode, which a host of the same Python version reads instead of compiling;
another one ignores it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import marshal
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from controller.ports import Blocked

_ENTRY: Final = "controller.outpost"
_WHOLE: Final = ("pyroute2",)
_LATE: Final = ("pyseccomp",)
"""Imported where it is used, since it fails where there is no libseccomp."""
_FIRST: Final = "controller.adapters.older_python"
_START: Final = f"""\
import sys
from {_FIRST} import supply
supply(sys.version_info)
from {_ENTRY} import main
sys.exit(main(sys.argv[1:]))
"""
_UNDATED: Final = (1980, 1, 1, 0, 0, 0)
_LIST: Final = (
    "import importlib, json, sys; [importlib.import_module(name) for name in sys.argv[1:]];"
    "print(json.dumps({name: module.__file__ for name, module in sys.modules.items()"
    " if getattr(module, '__file__', None)}))"
)
_UNCHECKED_HASH: Final = 0b01


@dataclass(frozen=True, slots=True)
class Runtime:
    """The archive: `sha256` names it, on the controller and on hosts."""

    sha256: str
    data: bytes


@cache
def runtime() -> Runtime:
    """The runtime of this installation. Raises `Blocked` if it cannot be packed."""
    loaded = _loaded()
    packages = {"controller", "grammar", *_WHOLE, *_LATE}
    sources = {name: path for name, path in loaded.items() if name.partition(".")[0] in packages}
    packed: dict[str, bytes] = {"__main__.py": _START.encode()}
    for name, path in {**sources, **_whole(sources), **_late()}.items():
        inside = _inside(name, path)
        packed[inside] = path.read_bytes()
        if name in sources:
            packed[f"{inside}c"] = _bytecode(inside, packed[inside])
    data = _archive(packed)
    return Runtime(hashlib.sha256(data).hexdigest(), data)


def _loaded() -> dict[str, Path]:
    """The modules that serving imports, found by importing in an interpreter of its own."""
    listed = subprocess.run(
        [sys.executable, "-P", "-c", _LIST, _FIRST, _ENTRY], capture_output=True, check=False
    )
    if listed.returncode != 0:
        told = listed.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise Blocked(f"the runtime for hosts cannot be packed: {told}", "install Germline anew")
    return {name: Path(file) for name, file in json.loads(listed.stdout).items()}


def _whole(sources: dict[str, Path]) -> dict[str, Path]:
    found = {}
    for package in _WHOLE:
        root = sources[package].parent
        for path in root.rglob("*.py"):
            parts = (package, *path.relative_to(root).with_suffix("").parts)
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = sources.get(name, path)
    return found


def _late() -> dict[str, Path]:
    specs = {name: importlib.util.find_spec(name) for name in _LATE}
    return {name: Path(s.origin) for name, s in specs.items() if s is not None and s.origin}


def _inside(name: str, path: Path) -> str:
    """Where a module is in the archive."""
    below = name.replace(".", "/")
    return f"{below}/__init__.py" if path.name == "__init__.py" else f"{below}.py"


def _bytecode(inside: str, source: bytes) -> bytes:
    """A .pyc that is not checked against its source (PEP 552): both are in one archive.

    Version 2 of marshal has no references, whose use depends on more than the source.
    """
    code = compile(source, inside, "exec", dont_inherit=True)
    flags = _UNCHECKED_HASH.to_bytes(4, "little")
    return (
        importlib.util.MAGIC_NUMBER
        + flags
        + importlib.util.source_hash(source)
        + marshal.dumps(code, 2)
    )


def _archive(packed: dict[str, bytes]) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for inside in sorted(packed):
            entry = zipfile.ZipInfo(inside, _UNDATED)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, packed[inside])
    return into.getvalue()
