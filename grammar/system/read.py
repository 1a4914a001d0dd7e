"""Makes a system of its clauses, and goes on after a mistake. Called by grammar.sg.parse.

members.py and follows.py make the nodes; this module says what stands where it may not, and
puts what lark refuses into words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lark import Token
from lark.exceptions import UnexpectedInput

from grammar.nearest import did_you_mean, listing, nearest
from grammar.remarks import Remarks, on_line
from grammar.sg.build import Place
from grammar.sg.literal import text_of
from grammar.sg.mistakes import explain
from grammar.sg.syntax import Branch
from grammar.source import Span
from grammar.system.cut import Clause, cut
from grammar.system.forms import FORMS
from grammar.system.keywords import ALLOWED, BLOCKS, KEYWORDS, LABELS, shown
from grammar.system.members import member, say_twice
from grammar.system.nodes import Member, System
from grammar.system.region import Region
from grammar.system.syntax import parse_head


@dataclass(frozen=True, slots=True)
class Head:
    """A clause that stands where it may: its keyword, its branch if lark could read it."""

    keyword: str
    clause: Clause
    branch: Branch | None
    place: Place
    span: Span

    @property
    def end(self) -> Span | None:
        """Where its closing brace stands."""
        return self.clause.end


class Reader:
    """Reads the clauses of one region, without stopping at a mistake."""

    def __init__(self, remarks: Remarks, region: Region) -> None:
        self.remarks = remarks
        self.region = region

    def heads(self, container: str, clauses: list[Clause]) -> list[Head]:
        """The clauses between a block's braces that may stand there."""
        found: list[Head] = []
        for clause in clauses:
            if self.remarks.full:
                break
            keyword = self._keyword(container, clause)
            if keyword is not None:
                found.append(self.head(keyword, clause))
        return found

    def head(self, keyword: str, clause: Clause) -> Head:
        """Read what stands before a clause's braces; a mistake is put into words."""
        place = Place(self.remarks, clause.line, column=clause.column)
        span = on_line(self.remarks.file, clause.line, clause.column, len(clause.word))
        known = clause.word == keyword and not clause.broken
        branch = self._branch(keyword, clause) if known and self._colon(keyword, clause) else None
        if keyword in BLOCKS and clause.body is None and branch is not None:
            end = on_line(self.remarks.file, clause.last_line, clause.last_column)
            hint = f"write `{keyword} … {{`, and `}}` where it ends"
            self.remarks.say("SG-E161", f"`{keyword}` has no braces", end, hint)
        if keyword not in BLOCKS and clause.body is not None:
            hint = "leave the braces out, and give each line its keyword"
            self.remarks.say("SG-E161", f"`{shown(keyword)}` has no block", span, hint)
        return Head(keyword, clause, branch, place, span)

    def _keyword(self, container: str, clause: Clause) -> str | None:
        """The keyword that a clause was meant to have, if it may stand in `container`."""
        allowed, word = ALLOWED[container], clause.word
        if word in allowed:
            return word
        if clause.broken and clause.text == "{":
            return None
        span = on_line(self.remarks.file, clause.line, clause.column, len(word))
        known = listing(shown(keyword) for keyword in allowed)
        if word in KEYWORDS:
            hint = f"what may stand here is {known}"
            message = f"`{shown(word)}` does not belong in `{container}`"
            self.remarks.say("SG-E163", message, span, hint)
            return None
        near = nearest(word, allowed)
        hint = did_you_mean(word, allowed) or f"what may stand here is {known}"
        self.remarks.say("SG-E162", f"unknown keyword `{word}`", span, hint)
        return near

    def _colon(self, keyword: str, clause: Clause) -> bool:
        """True unless a colon is missing or too many; otherwise complains."""
        if clause.colon == (keyword in LABELS):
            return True
        span = on_line(self.remarks.file, clause.line, clause.column + len(keyword))
        if keyword in LABELS:
            message = f"a colon is missing after `{keyword}`"
            self.remarks.say("SG-E115", message, span, f"write `{keyword}: …`")
        else:
            message = f"`{keyword}` is not followed by a colon"
            self.remarks.say("SG-E115", message, span, FORMS[keyword].form)
        return False

    def _branch(self, keyword: str, clause: Clause) -> Branch | None:
        try:
            return parse_head(keyword, clause.text)
        except UnexpectedInput as error:
            self._explain(keyword, clause, error)
            return None

    def _explain(self, keyword: str, clause: Clause, error: UnexpectedInput) -> None:
        row = error.line if error.line and error.line > 0 else 0
        token = getattr(error, "token", None)
        at_end = row == 0 or (token is not None and token.type == "$END")
        line = clause.last_line if at_end else clause.line + row - 1
        shift = clause.column - 1 if row == 1 else 0
        text = self.region.lines[line - self.region.first]
        if line == clause.last_line:
            text = text[: clause.last_column - 1]
        column = clause.last_column if at_end else error.column + shift
        mistake = explain(text, column, FORMS[keyword])
        span = on_line(self.remarks.file, line, mistake.column, mistake.width)
        self.remarks.say(mistake.code, mistake.message, span, mistake.hint)


def read_system(remarks: Remarks, region: Region) -> System | None:
    """The system of a region, or None if there is nothing to make of it."""
    reader = Reader(remarks, region)
    found = cut(remarks, region)
    if not found or remarks.full:
        return None
    first, *others = found
    for other in others:
        span = on_line(remarks.file, other.line, other.column, len(other.word))
        hint = "move it between the braces of the system, or into its own file"
        remarks.say("SG-E164", "text after the brace that closes the system", span, hint)
    if first.column > 1:
        span = on_line(remarks.file, first.line, first.column, len(first.word))
        hint = "remove the white space before it"
        remarks.say("SG-E112", "a contract begins in the first column", span, hint)
    if first.word != "system":
        span = on_line(remarks.file, first.line, first.column, len(first.word))
        hint = "did you mean `system`?"
        remarks.say("SG-E113", f"unknown kind of contract `{first.word}`", span, hint)
    head = reader.head("system", first)
    span = on_line(remarks.file, first.line, first.column, len(first.word))
    name = ""
    if head.branch is not None:
        token = cast(Token, head.branch.children[0])
        name, span = text_of(token, head.place), head.place.span(token)
        if not name:
            remarks.say("SG-E160", "the system has no name", span, 'write `system "name" {`')
    return System(name, read_members(reader, first.body or []), span, first.end)


def read_members(reader: Reader, clauses: list[Clause]) -> tuple[Member, ...]:
    """The members of a system, in order; also used for a piece of one."""
    made = [member(reader, head) for head in reader.heads("system", clauses)]
    members = tuple(one for one in made if one is not None)
    say_twice(reader.remarks, members)
    return members
