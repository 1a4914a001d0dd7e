"""Genes for tests: one that does nothing, and how the others reach what they cannot import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from controller.domains.world import Json, JsonObject

HARMLESS: Final = "def execute(text):\n    return text\n"


def walls(missing: Iterable[str]) -> list[str]:
    """What is missing of what stands around one gene, without the bounds of all together."""
    return [words for words in missing if not words.startswith("no control group")]


def nothing_granted(operation: str, arguments: JsonObject) -> Json:
    """Serves a gene that was granted nothing: it is never asked."""
    raise AssertionError(f"{operation} was served")


def answers_nothing(operation: str, arguments: JsonObject) -> Json:
    """Serves what was granted, and does nothing."""
    return None


REACH: Final = """\
import random
os = random._os
thread = os.sys.modules["_thread"]
genuine_import = json.__builtins__["__import__"]

def subclasses(start=object, seen=None):
    seen = {} if seen is None else seen
    for found in type.__subclasses__(start):
        if found not in seen:
            seen[found] = True
            subclasses(found, seen)
    return seen

def klass(name):
    return next(found for found in subclasses() if found.__name__ == name)

def native():
    return klass("CDLL")(None)

def attempt(step):
    try:
        return ("did: " + repr(step()))[:300]
    except BaseException as failure:
        return type(failure).__name__

"""
