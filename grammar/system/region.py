"""Where in a file a system stands: from its first line to the brace that closes it.

Called by the layout, which reads everything else of a file by its indentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BEGINS = re.compile(r'system(?![\w-])|[ \t]+system[ \t]+"|[^\W\d]\w*[ \t]*"[^"]*"[ \t]*\{')
_ENDS = re.compile(r"(?:gene|pathway|topology|phenotype|intent|language)[ \t]+\w|system[ \t]+\"")
_BRACE = re.compile(r'"(?:[^"\\]|\\.)*+"|"[^"{}]*+|[{}]')


@dataclass(slots=True)
class Region:
    """A system's lines, without comments; `first` is the number of the first, from 1.

    An `endless` region is a piece of a system, without the brace that would close it.
    """

    first: int
    endless: bool = False
    lines: list[str] = field(default_factory=list)
    depth: int = 0
    opened: bool = False

    def take(self, code: str) -> bool:
        """Add a line; True when it closes the system's brace.

        A brace that closes more than was opened ends the system only in the first column: it
        is more likely that an opening brace was forgotten.
        """
        self.lines.append(code)
        for found in _BRACE.finditer(code):
            if found[0] == "{":
                self.depth += 1
                self.opened = True
            elif found[0] == "}":
                self.depth -= 1
        outermost = code[:1] not in ("", " ", "\t")
        return not self.endless and self.opened and self.depth <= 0 and outermost


def begins_region(line: str) -> bool:
    """True for a line that opens a system, or was probably meant to."""
    return _BEGINS.match(line) is not None


def ends_region(line: str) -> bool:
    """True for a line that begins another contract, although a brace may still be open."""
    return _ENDS.match(line) is not None
