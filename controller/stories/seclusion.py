"""Who has a right to be forgotten, as a commit's systems say. Called by the wiring.

It is asked before events are recorded, so a genome that is broken elsewhere still says it; only
a document that speaks of the rule and cannot be read stops everything: what is recorded in plain
cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.genome.genome import LANGUAGE_FOLDERS
from controller.history.privacy import RULE, Privacy, privacy_of
from controller.ports import Blocked
from grammar.decode import decode
from grammar.diagnostic import Severity
from grammar.sg.parse import parse
from grammar.system.nodes import System


def read_privacy(files: Mapping[str, bytes]) -> Privacy:
    """What the systems in a commit's files demand. Raises `Blocked`."""
    texts = {
        path: files[path]
        for path in files
        if path.endswith(".sg") and path.startswith(LANGUAGE_FOLDERS)
    }
    if not any(RULE.encode() in data for data in texts.values()):
        return Privacy()
    return privacy_of(one for path in sorted(texts) for one in _systems(path, texts[path]))


def _systems(path: str, data: bytes) -> tuple[System, ...]:
    text, undecodable = decode(data, path)
    parsed = parse(text, path)
    wrong = [one for one in (*undecodable, *parsed.diagnostics) if one.severity is Severity.ERROR]
    if wrong and RULE.encode() in data:
        raise Blocked(
            f"{path} says whose data is sealed, and cannot be read: line {wrong[0].span.line}: "
            f"{wrong[0].message}",
            "`germline check` shows what is wrong; nothing is recorded until it is right",
        )
    return parsed.value.systems if parsed.value is not None else ()
