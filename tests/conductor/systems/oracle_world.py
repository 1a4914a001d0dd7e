"""What is true after a prefix of a log, found by reading all of it again. Used by oracle.py.

Nothing is incremental and nothing is indexed: a world is made of the events so far, each taken
into plain dictionaries. It shares no code with the evaluator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from controller.history.event import Event
from grammar.system import nodes

GONE = ("deleted", "removed", "erased")


def noun(event: Event) -> str:
    return event.type.split(".")[0]


def verb(event: Event) -> str:
    return event.type.partition(".")[2]


def thing(event: Event) -> tuple[str, str]:
    if ":" in event.subject:
        entity, name = event.subject.split(":", 1)
        return entity, name
    return "", event.subject


def bare(value: Any, label: str) -> Any:
    prefix = f"{label}:"
    return value[len(prefix) :] if isinstance(value, str) and value.startswith(prefix) else value


def own(event: Event, kind: str) -> str | None:
    """The id of the thing of this kind that an event is itself about."""
    entity, name = thing(event)
    if name and entity in ("", kind):
        return name
    given = event.data.get(kind, event.data.get("id"))
    return bare(given, kind) if isinstance(given, str) else None


def field_of(event: Event, label: str) -> Any:
    if event.data.get(label) is not None:
        return bare(event.data[label], label)
    entity, name = thing(event)
    if entity == label:
        return name
    return name if not entity and noun(event) == label and name else None


def later(moment: str, ms: int) -> str:
    told = datetime.fromisoformat(moment) + timedelta(milliseconds=ms)
    return told.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(state: str) -> tuple[str, bool]:
    """`unread` is not `read`."""
    if state.startswith("not_"):
        return state[4:], False
    return (state[2:], False) if state.startswith("un") else (state, True)


@dataclass
class Said:
    """Whether a word is true of a thing, since when, by which event, and by which field."""

    holds: bool
    time: str
    event: str
    by: str | None


@dataclass
class Thing:
    recorded: bool = False
    latest: int = 0
    attributes: dict[str, Any] = field(default_factory=dict)
    words: dict[str, Said] = field(default_factory=dict)


@dataclass
class World:
    """All that a prefix says; `changes` is what its last event told, before and after."""

    owners: dict[str, set[str]]
    words: set[str]
    calls: dict[str, tuple[str, ...]]
    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    changes: dict[tuple[str, str, str], tuple[Any, Any]] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)

    def take(self, event: Event, position: int) -> None:
        self.changes = {}
        kind = noun(event)
        name = own(event, kind)
        if name is not None:
            if verb(event) in GONE:
                self.things.pop((kind, name), None)
            else:
                found = self.tell(kind, name, event)
                found.recorded, found.latest = True, position
                self.say(found, event, verb(event))
            for owner in sorted(self.owners.get(kind, ())):
                reference = field_of(event, owner)
                if isinstance(reference, str) and reference:
                    self.things.setdefault((owner, reference), Thing())
        entity, about = thing(event)
        if entity and entity != kind and about:
            self.say(self.tell(entity, about, event), event, "")
        self.belong(event, kind)
        self.project(event)
        if event.type == "projection.advanced":
            given = event.data
            self.reach[given["projection"]] = max(
                given["events"], self.reach.get(given["projection"], 0)
            )

    def tell(self, entity: str, name: str, event: Event) -> Thing:
        found = self.things.setdefault((entity, name), Thing())
        for label, value in event.data.items():
            self.put((entity, name, label), found, bare(value, label))
        return found

    def put(self, key: tuple[str, str, str], found: Thing, value: Any) -> None:
        self.changes[key] = (found.attributes.get(key[2]), value)
        found.attributes[key[2]] = value

    def belong(self, event: Event, kind: str) -> None:
        """`explanation.recorded` with a `score` gives that score its explanation."""
        for (entity, name), found in self.things.items():
            if entity != kind and not entity.endswith("()") and field_of(event, entity) == name:
                value = None if verb(event) in GONE else (own(event, kind) or True)
                self.put((entity, name, kind), found, value)

    def project(self, event: Event) -> None:
        words = {w for part in event.type.split(".") for w in (part, *part.split("_"))}
        for call, labels in self.calls.items():
            if call not in words:
                continue
            entity, name = thing(event)
            values = []
            for label in labels:
                value = field_of(event, label)
                values.append(name if value is None and not entity and name else value)
            if None in values or "trend" not in event.data:
                continue
            row = "|".join(map(str, values))
            found = self.things.setdefault((f"{call}()", row), Thing())
            self.put((f"{call}()", row, "trend"), found, event.data["trend"])

    def say(self, found: Thing, event: Event, said: str) -> None:
        for word in self.words:
            before = found.words.get(word)
            holds, by = None, None
            if said and plain(said)[0] == word:
                holds = plain(said)[1]
            elif word in event.data:
                holds = bool(event.data[word])
            else:
                for label, value in event.data.items():
                    if value == word:
                        holds, by = True, label
                        break
                    if value == f"un{word}" or (before is not None and before.by == label):
                        holds = False
                        break
            if before is None or (holds is not None and holds != before.holds):
                by = by if holds is not None else None
                found.words[word] = Said(bool(holds), event.time, event.id, by)
            elif holds is not None:
                before.by = by


@dataclass
class Where:
    """From where a path is looked at: the trigger, loop variables, the world and the moment."""

    world: World
    now: str
    event: Event | None
    kind: str
    name: str | None
    bound: dict[str, str]
    troubles: list[str] = field(default_factory=list)


def constant(value: Any) -> Any:
    if isinstance(value, nodes.Duration):
        return value.ms
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def passed(argument: nodes.Passed, where: Where) -> Any:
    if isinstance(argument.value, nodes.Path):
        return value_of(argument.value, where, word=True)
    return constant(argument.value)


def root_of(name: str, where: Where) -> Any:
    if name in where.bound:
        return where.bound[name]
    if name == where.kind and where.name is not None:
        return where.name
    return None if where.event is None else field_of(where.event, name)


def value_of(path: nodes.Path, where: Where, *, word: bool = False) -> Any:
    if isinstance(path.root, nodes.Invocation):
        values = [passed(one, where) for one in path.root.arguments]
        if None in values or not path.fields:
            return None
        entity, current = f"{path.root.name}()", "|".join(map(str, values))
    else:
        entity, current = path.root, root_of(path.root, where)
        if current is None and word and not path.fields:
            return path.root
    fields = list(path.fields)
    while fields and current is not None:
        label = fields.pop(0)
        if fields == ["count"] and label.endswith("s"):
            return sum(
                one.recorded and one.attributes.get(entity) == current
                for (kind, _), one in where.world.things.items()
                if f"{kind}s" == label
            )
        current = attribute(entity, current, label, where)
        entity = label
    return current


def attribute(entity: str, name: Any, label: str, where: Where) -> Any:
    event = where.event
    if event is not None and entity == where.kind and name == where.name:
        if label in event.data:
            return bare(event.data[label], label)
        if field_of(event, label) is not None or verb(event) == "created":
            return field_of(event, label)
    found = where.world.things.get((entity, name)) if isinstance(name, str) else None
    return None if found is None else found.attributes.get(label)


def compare(left: Any, operator: str, right: Any) -> bool | None:
    """None where the two are of different kinds."""

    def kind(value: Any) -> str:
        return "text" if isinstance(value, str) else "truth" if isinstance(value, bool) else "n"

    if kind(left) != kind(right):
        return None
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }[operator]


def holds(condition: nodes.Condition, where: Where) -> bool:
    match condition:
        case nodes.Both():
            return all(holds(part, where) for part in condition.parts)
        case nodes.Either():
            return any(holds(part, where) for part in condition.parts)
        case nodes.Not():
            return not holds(condition.part, where)
        case nodes.Compare():
            left = value_of(condition.left, where)
            right = condition.right
            other = (
                value_of(right, where, word=True)
                if isinstance(right, nodes.Path)
                else constant(right)
            )
            if left is None or other is None:
                return False
            found = compare(left, condition.operator, other)
            if found is None:
                where.troubles.append("mistyped")
            return bool(found)
        case nodes.Crosses():
            return crosses(condition, where)
        case nodes.Exists():
            if not condition.subject.fields:
                name = value_of(condition.subject, where)
                found_thing = where.world.things.get((str(condition.subject.root), str(name)))
                return name is not None and found_thing is not None and found_thing.recorded
            return value_of(condition.subject, where) not in (None, "", [], {})
        case nodes.Has():
            of = condition.subject
            return bool(value_of(nodes.Path(of.root, (*of.fields, condition.attribute)), where))
        case nodes.Is():
            return is_so(condition, where)
    return bool(value_of(condition.subject, where))


def key_of(path: nodes.Path, where: Where) -> tuple[str, str, str] | None:
    if isinstance(path.root, nodes.Invocation):
        values = [passed(one, where) for one in path.root.arguments]
        row = "|".join(map(str, values))
        return None if None in values else (f"{path.root.name}()", row, path.fields[0])
    name = value_of(nodes.Path(path.root, path.fields[:-1]), where)
    return ((path.root, *path.fields)[-2], name, path.fields[-1]) if isinstance(name, str) else None


def crosses(condition: nodes.Crosses, where: Where) -> bool:
    key = key_of(condition.left, where)
    if key is None or key not in where.world.changes:
        return False
    before, now = where.world.changes[key]
    bound = constant(condition.bound)
    if now is None or isinstance(now, list | dict):
        return False
    below = compare(now, "<", bound)
    if below is None:
        where.troubles.append("mistyped")
        return False
    comparable = before is not None and not isinstance(before, list | dict)
    was_below = comparable and bool(compare(before, "<", bound))
    return below != was_below


def is_so(condition: nodes.Is, where: Where) -> bool:
    name = value_of(condition.subject, where)
    kind = (condition.subject.root, *condition.subject.fields)[-1]
    if condition.state.startswith("reachable"):
        found = where.world.things.get((str(kind), str(name)))
        told = where.world.reach
        return found is None or not told or found.latest <= max(told.values())
    if condition.subject.fields:
        if name is None:
            return False
        beside = nodes.Path(
            condition.subject.root,
            (*condition.subject.fields[:-1], f"{condition.subject.fields[-1]}_{condition.state}"),
        )
        said = value_of(beside, where)
        return condition.state == "valid" if said is None else bool(said)
    word, meant = plain(condition.state)
    found = where.world.things.get((str(kind), str(name)))
    since = None if found is None else found.words.get(word)
    if since is None or since.holds != meant:
        return False
    if condition.for_ms is None:
        return True
    then = later(since.time, condition.for_ms)
    return where.now > then if condition.for_operator == ">" else where.now >= then
