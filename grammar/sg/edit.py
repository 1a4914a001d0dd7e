"""Changes one line of a phenotype and nothing else. Called for a promotion or a demotion."""

from __future__ import annotations

from collections.abc import Sequence

from grammar.sg.nodes import Expression, Phenotype
from grammar.sg.parse import parse
from grammar.sg.render import expression_text

_SECTION_INDENT = "  "
_LINE_INDENT = "    "


def with_stack(text: str, file: str, phenotype: str, locus: str, stack: Sequence[str]) -> str:
    """`text` in which the phenotype expresses `locus` by `stack`, the dominant allele first.

    The hashes are written as they are given. One line changes, or one is added (with the head of
    the section, if there is none yet); every other byte stays. Raises `ValueError` for a text
    with errors, an unknown phenotype, or a stack that cannot be written.
    """
    parsed = parse(text, file)
    if parsed.value is None or not parsed.ok:
        raise ValueError(f"{file} has errors; mend them first")
    named = [found for found in parsed.value.phenotypes if found.name == phenotype]
    if len(named) != 1:
        raise ValueError(f"{file} defines phenotype `{phenotype}` {len(named)} times, not once")
    if not stack:
        raise ValueError("a stack has at least its dominant allele")
    changed = _changed(text, named[0], locus, stack)
    if not parse(changed, file).ok:
        raise ValueError(f"`{expression_text(locus, stack)}` is not an expression")
    return changed


def _changed(text: str, phenotype: Phenotype, locus: str, stack: Sequence[str]) -> str:
    lines = text.split("\n")
    for expression in phenotype.expresses:
        if expression.locus == locus:
            return _with_line(lines, expression, stack)
    end = "\r" if lines[0].endswith("\r") else ""
    written = expression_text(locus, stack)
    if phenotype.expresses:
        last = _line_of(phenotype.expresses[-1])
        indent = _indentation(lines[last - 1])
        return _added(lines, last, [f"{indent}{written}"], end)
    last = _last_line(phenotype)
    head = f"{_SECTION_INDENT}expresses:"
    return _added(lines, last, ["", head, f"{_LINE_INDENT}{written}"], end)


def _with_line(lines: list[str], expression: Expression, stack: Sequence[str]) -> str:
    """Replace the stack on the expression's line; what is before and after it stays."""
    number = _line_of(expression)
    line = lines[number - 1]
    start, end = expression.places[0].column - 1, expression.places[-1].end_column - 1
    _, _, written = expression_text("", stack).partition(" ")
    lines[number - 1] = f"{line[:start]}{written}{line[end:]}"
    return "\n".join(lines)


def _added(lines: list[str], after: int, new: Sequence[str], end: str) -> str:
    """Put `new` lines after line `after`, which counts from 1."""
    if after == len(lines):  # the file ends without a line end
        lines[-1] += end
        added = [f"{line}{end}" for line in new[:-1]] + [new[-1]]
    else:
        added = [f"{line}{end}" for line in new]
    return "\n".join([*lines[:after], *added, *lines[after:]])


def _line_of(expression: Expression) -> int:
    assert expression.span is not None
    return expression.span.line


def _last_line(phenotype: Phenotype) -> int:
    spans = [phenotype.span, *phenotype.places.values()]
    spans += [binding.span for binding in phenotype.bindings]
    return max(span.end_line for span in spans if span is not None)


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]
