"""Random systems and random logs about them, small enough to meet often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from controller.history.event import Event, rfc3339
from grammar.sg.parse import parse
from grammar.system import nodes

BEGIN = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)
"""The evening before summer time begins in Berlin."""
ZONES = ("UTC", "Europe/Berlin", "America/New_York")

_HEAD = """system "random" {
  threshold low = 2
  threshold high = 5
  entity customer {
    has: orders[], vip, wake, key
  }
  entity order {
    belongs_to: customer
    has: amount, note
  }
  entity alert {
    belongs_to: order
    immutable: true
    has: severity
  }
"""
_ORDER_CALLS = (
    "notify(order.customer)",
    "notify(customer: order.customer, reason: urgent)",
    "review(order)",
    "log_it",
    "log_it(amount: order.amount)",
    "score(engagement(order.customer).trend)",
)
_ORDER_TESTS = (
    "order.amount > 3",
    "order.amount <= threshold.high",
    "order.customer.vip",
    "order has note",
    "order.customer exists",
    "order is paid",
    "order is unpaid",
    "order.customer.orders.count > 1",
    "engagement(order.customer).trend >= threshold.low",
    "engagement(order.customer).trend crosses threshold.high",
    "engagement(order.customer).trend crosses threshold.low",
    "order.customer.level crosses threshold.low",
    "order.customer.level == order.amount",
)
_CUSTOMER_CALLS = ("notify(customer)", "review(customer: customer)", "log_it", "greet(customer)")
_CUSTOMER_TESTS = (
    "customer.vip",
    "customer.level > threshold.low",
    "customer.orders.count >= 2",
    "customer has wake",
    "engagement(customer).trend crosses threshold.high",
)
_ALERT_CALLS = ("notify(alert.order.customer)", "review(alert)", "log_it", "call(alert)")
_ALERT_TESTS = ("alert is critical", "alert.order.amount > 3", "alert is acknowledged")
_CLAIMS = (
    "no(alert.critical) is unacknowledged for > 2h",
    "no(alert) is unacknowledged for 1h",
    "every(order) has note",
    "every(customer.key) exists AND valid",
    "every(order.amount) > 1",
    "no(order.amount) > 4",
    "every(order) is reachable through projection",
)


@st.composite
def conditions(draw: Any, tests: tuple[str, ...]) -> str:
    first = draw(st.sampled_from(tests))
    shape = draw(st.sampled_from(("one", "one", "not", "and", "or", "nested")))
    if shape == "one":
        return str(first)
    if shape == "not":
        return f"NOT {first}"
    second = draw(st.sampled_from(tests))
    if shape == "nested":
        third = draw(st.sampled_from(tests))
        return f"{first} AND ({second} OR NOT {third})"
    return f"{first} {shape.upper()} {second}"


@st.composite
def bodies(draw: Any, calls: tuple[str, ...], tests: tuple[str, ...], depth: int = 2) -> str:
    parts = []
    for _ in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(("call", "call", "if", "each")))
        if kind == "call" or depth == 0:
            level = draw(st.sampled_from(("must", "should", "could")))
            parts.append(f"{level}: {draw(st.sampled_from(calls))}")
            within = draw(st.sampled_from(("", "within: 5m", "within: 2h")))
            parts.append(within)
            if within and draw(st.booleans()):
                parts.append(f"fallback: {draw(st.sampled_from((*calls, 'escalate')))}")
            if draw(st.integers(0, 5)) == 0:
                parts.append("requires: permission")
        elif kind == "if":
            inner = draw(bodies(calls, tests, depth - 1))
            parts.append(f"if {draw(conditions(tests))} {{\n{inner}\n}}")
        else:
            inner = draw(bodies(_CUSTOMER_CALLS, _CUSTOMER_TESTS, depth - 1))
            limit = draw(st.sampled_from(("", " with orders.count > 1", " with vip")))
            parts.append(f"for each customer{limit} {{\n{inner}\n}}")
    return "\n".join(parts)


@st.composite
def rules(draw: Any) -> str:
    head, calls, tests = draw(
        st.sampled_from(
            (
                *(("when order.created", _ORDER_CALLS, _ORDER_TESTS),) * 5,
                ("when order.paid", _ORDER_CALLS, _ORDER_TESTS),
                ("when customer.updated", _CUSTOMER_CALLS, _CUSTOMER_TESTS),
                ("when alert.raised", _ALERT_CALLS, _ALERT_TESTS),
                ("when alert.unacknowledged for 4h", _ALERT_CALLS, _ALERT_TESTS),
                ("every day at customer.wake", _CUSTOMER_CALLS, _CUSTOMER_TESTS),
                ("every day at 02:30", ("log_it", "sweep"), ("log.it",)),
                ("every hour", ("sweep",), ("log.it",)),
                ("every week", ("log_it", "sweep"), ("log.it",)),
            )
        )
    )
    return f"{head} {{\n{draw(bodies(calls, tests))}\n}}\n"


@st.composite
def systems(draw: Any) -> nodes.System:
    text = _HEAD + "".join(draw(st.lists(rules(), min_size=1, max_size=4)))
    claims = draw(st.lists(st.sampled_from(_CLAIMS), max_size=3, unique=True))
    if claims:
        text += "always {\n" + "\n".join(f"assert: {one}" for one in claims) + "\n}\n"
    return system_of(text + "}\n")


def system_of(text: str) -> nodes.System:
    """The one system of a text without mistakes."""
    parsed = parse(text, "random.sg")
    assert parsed.value is not None, text
    assert not [one for one in parsed.diagnostics if one.severity == "error"], (
        text,
        parsed.diagnostics,
    )
    (system,) = parsed.value.systems
    return system


_TYPES = (
    *("order.created",) * 6,
    *("order.paid", "customer.updated", "engagement.updated", "alert.raised") * 2,
    "order.deleted",
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "alert.raised",
    "alert.acknowledged",
    "engagement.updated",
    "notify",
    "notify",
    "review",
    "log_it",
    "log.it",
    "score",
    "greet",
    "call",
    "escalate",
    "sweep",
    "note.recorded",
    "intent.evolved",
    "projection.advanced",
)
_SUBJECTS = ("", "o1", "order:o1", "order:o2", "customer:c1", "customer:c2", "c1", "alert:a1")
_VALUES = {
    "customer": ("c1", "c2", "customer:c1"),
    "order": ("o1", "o2"),
    "alert": ("a1",),
    "amount": (1, 3, 5, "many"),
    "level": (1, 2, 3, "x"),
    "vip": (True, False),
    "trend": (1, 3, 6, 9, None),
    "note": ("n", ""),
    "severity": ("critical", "mild"),
    "acknowledged": (True, False),
    "wake": ("07:00", "02:30", "soon"),
    "key": ("k1",),
    "key_valid": (True, False),
    "reason": ("urgent", "other"),
    "permission": (True,),
}
_STEPS = (0, 1, 1, 4, 5, 20, 61, 120, 240, 1500, -30)
"""Minutes between an event and the one before."""


@st.composite
def closely(draw: Any) -> nodes.System:
    """One or two rules about orders, with few consequences: what satisfies which."""
    found = []
    for trigger in draw(st.sampled_from((("created",), ("created", "paid")))):
        call = draw(st.sampled_from(("log_it", "notify(order.customer)", "review(order)")))
        within = draw(st.sampled_from(("", "\nwithin: 5m")))
        fallback = draw(st.sampled_from(("", "\nfallback: escalate"))) if within else ""
        requires = draw(st.sampled_from(("", "", "\nrequires: permission")))
        found.append(f"when order.{trigger} {{\nmust: {call}{within}{fallback}{requires}")
        if draw(st.booleans()):
            bound = draw(st.sampled_from(("low", "high")))
            call = draw(st.sampled_from(("log_it", "greet(order.customer)")))
            crossing = f"engagement(order.customer).trend crosses threshold.{bound}"
            found.append(f"if {crossing} {{\nmust: {call}\n}}")
        found.append("}")
    return system_of(_HEAD + "\n".join(found) + "\n}\n")


CLOSE = ("order.created", "order.created", "engagement.updated", "order.paid")
MEETING = ("log_it", "notify", "review", "escalate", "greet", "note.recorded")


@st.composite
def logs(draw: Any, least: int = 0, types: tuple[str, ...] = _TYPES, sense: int = 4) -> list[Event]:
    """So many events or more; of `sense` + 1, one says anything."""
    found: list[Event] = []
    moment = BEGIN
    for number in range(draw(st.integers(least, 20))):
        if found and draw(st.integers(0, 15)) == 0:
            found.append(draw(st.sampled_from(found)))
            continue
        moment += timedelta(minutes=draw(st.sampled_from(_STEPS)))
        causes = [None, None, *(one.id for one in found[-5:])]
        name, cause = f"e{number}", draw(st.sampled_from(causes))
        found.append(draw(events(name, moment, cause, types, sense)))
    return found


_ABOUT = {
    "order": ("order:o1", "order:o1", "order:o2", "o1"),
    "customer": ("customer:c1", "customer:c2", "c1"),
    "alert": ("alert:a1", "a1"),
    "engagement": ("customer:c1", "c1"),
    "review": ("order:o1", "customer:c1", ""),
    "notify": ("customer:c1", "c1", ""),
    "greet": ("customer:c1", "c2"),
    "call": ("alert:a1", ""),
    "score": ("order:o1", "customer:c1", ""),
}
_SAYING = {
    "order": ("customer", "amount", "note"),
    "customer": ("vip", "level", "wake", "key"),
    "alert": ("severity", "order"),
    "engagement": ("trend",),
    "notify": ("order", "reason"),
}


@st.composite
def events(
    draw: Any,
    name: str,
    moment: datetime,
    cause: str | None,
    types: tuple[str, ...],
    sense: int,
) -> Event:
    """Mostly one that says what its type is about, now and then anything."""
    kind = draw(st.sampled_from(types))
    noun = kind.partition(".")[0]
    sensible = draw(st.integers(0, sense)) > 0
    subject = draw(st.sampled_from(_ABOUT.get(noun, ("",)) if sensible else _SUBJECTS))
    given = _SAYING.get(noun, ()) if sensible else ()
    more = draw(st.lists(st.sampled_from(sorted(_VALUES)), max_size=1 if sensible else 4))
    labels = dict.fromkeys((*given, *more))
    data: dict[str, Any] = {label: draw(st.sampled_from(_VALUES[label])) for label in labels}
    if kind == "intent.evolved":
        subject, data = "", {"added": draw(st.lists(st.sampled_from(("notify", "review"))))}
    elif kind == "projection.advanced":
        subject, data = "", {"projection": "orders", "events": draw(st.integers(0, 9))}
    return Event(name, kind, subject, data, rfc3339(moment), cause, "person:p")
