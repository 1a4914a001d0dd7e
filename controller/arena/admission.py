"""Decides whether a source may enter the genome at all: cheap, static, before anything runs.

The membrane asks it about every new allele, a mutator about every candidate. It keeps out what
could not work or could not be read by a reviewer. It is no defence: a gene that passes is
still hostile, and the sandbox holds it.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Final

from controller.gene_limits import GENE_SOURCE_BYTES, GENE_SOURCE_DEPTH

_MODULES = """
    __future__ abc base64 binascii bisect collections copy dataclasses datetime decimal enum
    fractions functools gene_sdk hashlib heapq ipaddress itertools json math numbers operator
    random re statistics string struct textwrap types typing unicodedata
"""
ALLOWED_MODULES: Final = frozenset(_MODULES.split())
"""What a gene may import. No `time`: a shadow's clock is not the machine's, so a gene waits
through an operation. `gene_sdk` is made for each call; the others are the interpreter's own."""

_BIDIRECTIONAL: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def admit(source: str, modules: frozenset[str]) -> tuple[str, ...]:
    """What keeps `source` out, one sentence each; empty when it is admitted.

    `modules` are the names that its imports may begin with. Never raises, whatever the text.
    """
    unreadable = tuple(_unreadable(source))
    if unreadable:
        return unreadable
    tree = _parse(source)
    if isinstance(tree, str):
        return (tree,)
    return (*_entry_problems(tree), *_import_problems(tree, modules))


def _unreadable(source: str) -> Iterator[str]:
    """Reasons why the text is not even looked at: its size, its characters, its encoding."""
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > GENE_SOURCE_BYTES:
        yield f"{size} bytes are more than a gene's {GENE_SOURCE_BYTES}"
        return
    for character in sorted(set(source)):
        if character in "\n\t":
            continue
        # A reviewer must see what runs: https://trojansource.codes (CVE-2021-42574).
        if unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDIRECTIONAL:
            yield f"it contains the character U+{ord(character):04X}"
    for line in source.split("\n", 2)[:2]:
        declared = _ENCODING.match(line)  # PEP 263: only the first two lines count
        if declared and declared[1].lower().replace("_", "-") not in {"utf-8", "utf8"}:
            yield f"it declares the encoding {declared[1]}; a gene is UTF-8"


def _parse(source: str) -> ast.Module | str:
    """The syntax tree, or why there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape is the author's business
            tree = ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno or 1}: {error.msg}"
    except (RecursionError, MemoryError):  # the parser's own limits, from its C stack
        return "it is nested too deeply to be parsed"
    except ValueError as error:
        return f"it cannot be parsed: {error}"
    return "it is nested too deeply" if _deeper_than(tree, GENE_SOURCE_DEPTH) else tree


def _deeper_than(tree: ast.AST, limit: int) -> bool:
    """Whether the tree has more than `limit` levels; counts them level by level."""
    level: list[ast.AST] = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _entry_problems(tree: ast.Module) -> Iterator[str]:
    entries = [node for node in tree.body if _is_entry(node)]
    if not entries:
        yield "it does not define execute(input_json) at the top level"
        return
    entry = entries[-1]
    if not isinstance(entry, ast.FunctionDef):
        yield f"line {entry.lineno}: execute must not be async"
    elif not _takes_one_argument(entry.args):
        yield f"line {entry.lineno}: execute must take exactly one argument"


def _is_entry(node: ast.stmt) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "execute"


def _takes_one_argument(arguments: ast.arguments) -> bool:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    keywords_required = any(default is None for default in arguments.kw_defaults)
    return required <= 1 <= positional and not keywords_required


def _import_problems(tree: ast.Module, modules: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        else:
            continue
        for name in names:
            if name.partition(".")[0] not in modules:
                yield f"line {node.lineno}: a gene cannot import {name}"
