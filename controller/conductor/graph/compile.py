"""A `system` document becomes a consequence graph. Called for main's systems and for files.

Nothing is left out in silence: what cannot be evaluated is told by a diagnostic (GN-N3xx).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from controller.conductor.graph.graph import (
    INVARIANT,
    Check,
    Claim,
    Each,
    Expect,
    Graph,
    OnClock,
    OnEvent,
    OnState,
    Quality,
    Rule,
    Step,
    Trigger,
)
from controller.conductor.graph.settle import of_loop, settle, spoken_of
from controller.conductor.graph.wording import assertion_text, trigger_text
from grammar.diagnostic import Diagnostic, Parsed, Severity
from grammar.source import Span
from grammar.system import nodes

_SHREDDED: Final = "deletion_means_crypto_shred"
_KNOWN_RULES: Final = ("timestamp_never_in_future", _SHREDDED)
"""Rules of entities that hold: the first of every event, the other by the log. Others are names."""
_HAS_KEY: Final = "always_has_encryption_key"
"""Holds of what is shredded when it is deleted: the log records nothing of it without a key."""
_NOWHERE: Final = Span("", 1, 1, 1, 1)


def compile_system(
    system: nodes.System,
    thresholds: Mapping[str, nodes.Constant] | None = None,
    zone: str = "UTC",
) -> Parsed[Graph]:
    """The graph of a system and what of it is not evaluated.

    `thresholds` are those of the genome, which the system's own go before; `zone` is the IANA
    name of the time zone that days and weeks are counted in.
    """
    work = _Compiler(system, dict(thresholds or {}))
    graph = Graph(
        name=system.name,
        entities=tuple(one for one in system.members if isinstance(one, nodes.Entity)),
        rules=tuple(work.rules()),
        claims=tuple(work.claims()),
        qualities=tuple(work.qualities()),
        backfill=work.backfill,
        zone=zone,
        vocabulary=work.vocabulary(),
    )
    return Parsed(graph, tuple(work.remarks))


class _Compiler:
    def __init__(self, system: nodes.System, thresholds: dict[str, nodes.Constant]) -> None:
        self.system = system
        own = (one for one in system.members if isinstance(one, nodes.Threshold))
        self.thresholds = {**thresholds, **{one.name: one.value for one in own}}
        self.remarks: list[Diagnostic] = []
        self.backfill = nodes.Backfill.SEQUENTIAL
        self._taken: Counter[str] = Counter()
        for member in system.members:
            self._names_only(member)

    def vocabulary(self) -> tuple[str, ...]:
        capabilities = [m for m in self.system.members if isinstance(m, nodes.Capability)]
        return tuple(
            dict.fromkeys(
                name
                for one in capabilities
                for group in (*one.accepts, *one.produces)
                for name in group.names
            )
        )

    def rules(self) -> list[Rule]:
        found: list[Rule] = []
        for member in self.system.members:
            if isinstance(member, nodes.When | nodes.Every):
                trigger = self._trigger(member)
                if trigger is None:
                    continue
                id_ = self._unique(trigger_text(member))
                found.append(Rule(id_, trigger, self._body(id_, member.body)))
        return found

    def claims(self) -> list[Claim]:
        return [
            claim
            for member in self.system.members
            if isinstance(member, nodes.Always)
            for one in member.assertions
            if (claim := self._claim(one)) is not None
        ]

    def qualities(self) -> list[Quality]:
        found: list[Quality] = []
        for member in self.system.members:
            if isinstance(member, nodes.Invariant):
                operator, bound = member.operator or "==", member.bound
                id_ = self._unique(f"invariant {member.name}")
                value = True if bound is None else bound
                found.append(Quality(id_, member.name, INVARIANT, operator, value))
            elif isinstance(member, nodes.Optimise):
                quality = self._optimise(member)
                found += [] if quality is None else [quality]
        return found

    def _optimise(self, member: nodes.Optimise) -> Quality | None:
        id_ = self._unique(f"optimise {member.quality}")
        could = nodes.Level.COULD.value
        if member.operator == "within" and member.bound is not None:
            return Quality(id_, member.quality, could, "<=", member.bound, budget=True)
        if member.operator is not None and member.bound is not None:
            return Quality(id_, member.quality, could, member.operator, member.bound)
        if member.goal in ("minimise", "maximise"):
            target = self.thresholds.get(member.quality)
            if target is None:
                hint = f"give it a target: `threshold {member.quality} = …`"
                self._say("N303", f"`optimise {member.quality}` has no target", member.span, hint)
                return None
            operator = "<=" if member.goal == "minimise" else ">="
            return Quality(id_, member.quality, could, operator, target)
        return Quality(id_, member.quality, could, "==", str(member.goal))

    def _trigger(self, member: nodes.When | nodes.Every) -> Trigger | None:
        if isinstance(member, nodes.Every):
            at = member.at
            if not isinstance(at, nodes.Path):
                return OnClock(member.period, at)
            if isinstance(at.root, str) and len(at.fields) == 1:
                return OnClock(member.period, None, at.root, at.fields[0])
            self._say("N302", "only a thing's own attribute can be a time of day", member.span)
            return None
        if not isinstance(member.event.root, str):
            self._say("N302", "what a projection tells is no event", member.span)
            return None
        if member.for_ms is None:
            return OnEvent(".".join((member.event.root, *member.event.fields)))
        if len(member.event.fields) != 1:
            self._say("N302", "only a thing can be in a state for a time", member.span)
            return None
        return OnState(member.event.root, member.event.fields[0], member.for_ms)

    def _body(self, rule: str, body: Sequence[nodes.Follows]) -> tuple[Step, ...]:
        found: list[Step] = []
        for one in body:
            if isinstance(one, nodes.Obligation):
                found.append(self._expect(rule, one))
            elif isinstance(one, nodes.BackfillPolicy):
                self.backfill = one.policy
            else:
                found.append(self._block(rule, one))
        return tuple(found)

    def _block(self, rule: str, one: nodes.If | nodes.ForEach) -> Step:
        condition = None if one.condition is None else self._settled(one.condition, one.span)
        inner = self._body(rule, one.body)
        if isinstance(one, nodes.ForEach):
            about = None if condition is None else of_loop(condition, one.entity)
            return Each(one.entity, about, inner)
        assert condition is not None
        assert one.condition is not None
        return Check(self._unique(f"{rule}: if"), condition, one.condition, inner)

    def _expect(self, rule: str, one: nodes.Obligation) -> Expect:
        """`requires:` may also stand among the arguments, as in seed 000."""
        inner = [p for p in one.consequence.arguments if p.name == "requires"]
        rest = tuple(p for p in one.consequence.arguments if p.name != "requires")
        needed = tuple(p.value for p in inner if isinstance(p.value, nodes.Path))
        return Expect(
            self._unique(f"{rule}: {one.consequence.name}"),
            one.level,
            nodes.Invocation(one.consequence.name, rest),
            one.within_ms,
            one.fallback,
            (*one.requires, *needed),
        )

    def _claim(self, one: nodes.Assertion) -> Claim | None:
        root = one.subject.root
        if not isinstance(root, str) or len(one.subject.fields) > 1:
            self._say("N302", "a claim is made of a thing or of one attribute", one.span)
            return None
        attribute = one.subject.fields[0] if one.subject.fields else None
        claim = self._settled(one.claim, one.span)
        narrowing = attribute is not None and self._narrows(root, attribute, claim)
        subject = nodes.Path(root) if narrowing else nodes.Path(root, one.subject.fields)
        return Claim(
            self._unique(assertion_text(one)),
            one.quantifier,
            root,
            attribute if narrowing else None,
            spoken_of(claim, subject),
        )

    def _narrows(self, entity: str, attribute: str, claim: nodes.Condition) -> bool:
        """`no(alert.critical) is unacknowledged` speaks of alerts, `every(customer.key) exists`
        of keys: an attribute narrows where it is not declared and the claim is a state."""
        declared = {
            name.removesuffix("[]")
            for one in self.system.members
            if isinstance(one, nodes.Entity) and one.name == entity
            for group in one.has
            for name in group.names
        }
        return attribute not in declared and all(
            isinstance(test, nodes.Has) or (isinstance(test, nodes.Is) and test.state != "valid")
            for test in tests_of(claim)
        )

    def _settled(self, condition: nodes.Condition, span: Span | None) -> nodes.Condition:
        settled, missing = settle(condition, self.thresholds)
        for name in missing:
            hint = f"write `threshold {name} = …` here or under [thresholds]"
            message = f"`threshold.{name}` has no value: its condition is never true"
            self._say("N301", message, span, hint)
        return settled

    def _names_only(self, member: nodes.Member) -> None:
        if isinstance(member, nodes.Capability):
            self._say("N304", f"capability `{member.name}` is not evaluated", member.span)
        elif isinstance(member, nodes.Entity):
            named = {rule for group in member.rules for rule in group.names}
            held = {*_KNOWN_RULES, *([_HAS_KEY] if _SHREDDED in named else [])}
            for group in member.rules:
                for rule in group.names:
                    if rule not in held:
                        self._say("N304", f"`rule: {rule}` is not evaluated", group.span)
        elif isinstance(member, nodes.Invariant) and member.bound is None:
            hint = f"a `measurement.recorded` with quality `{member.name}` and a truth value does"
            message = f"invariant `{member.name}` is known only by what is measured"
            self._say("N305", message, member.span, hint)

    def _unique(self, text: str) -> str:
        self._taken[text] += 1
        count = self._taken[text]
        return text if count == 1 else f"{text} #{count}"

    def _say(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        place = span or _NOWHERE
        self.remarks.append(Diagnostic(f"GN-{code}", Severity.NOTE, message, place, "", hint))


def tests_of(condition: nodes.Condition) -> list[nodes.Condition]:
    """The single tests that a condition is made of."""
    if isinstance(condition, nodes.Both | nodes.Either):
        return [test for part in condition.parts for test in tests_of(part)]
    return tests_of(condition.part) if isinstance(condition, nodes.Not) else [condition]


def looked_at(test: nodes.Condition) -> nodes.Path:
    """What a single test is about."""
    assert not isinstance(test, nodes.Both | nodes.Either | nodes.Not)
    return test.left if isinstance(test, nodes.Compare | nodes.Crosses) else test.subject
