"""The remarks about systems. Joined with those of the other levels in grammar.sg.codes."""

from __future__ import annotations

from typing import Final

from grammar.diagnostic import Severity
from grammar.remarks import Code

WRITING: Final = {
    "SG-E160": Code(
        "not the head of a system",
        'A system begins with its name in quotes and an opening brace: `system "crm" {`.',
    ),
    "SG-E161": Code(
        "braces do not match",
        "What belongs to a block stands between an opening and a closing brace. A brace is "
        "missing, or there is one too many; the indentation tells where it probably belongs.",
    ),
    "SG-E162": Code(
        "unknown keyword",
        "Every line of a system begins with a keyword. A line with another word would be "
        "ignored, and with it what somebody meant to promise; so it is an error.",
    ),
    "SG-E163": Code(
        "keyword in the wrong place",
        "The keyword exists, but not between these braces: consequences follow from events and "
        "times, assertions stand in `always`, deadlines below a consequence.",
    ),
    "SG-E164": Code(
        "text after the system",
        "The brace that closes the system is followed by more. A brace may stand too early.",
    ),
    "SG-E165": Code(
        "not an invariant",
        "An invariant is a name, `invariant customer_data_never_lost`, or a name with a bound, "
        "`invariant response_time < 500ms`, `invariant availability >= 99.9%`.",
    ),
    "SG-E166": Code(
        "not a list of names",
        "After the colon stand names, parted by commas; a property may say `unless`: "
        "`property: data_stays_in_region unless compliance_allows`.",
    ),
    "SG-E167": Code(
        "not a goal",
        "What may be optimised is named with its goal: a budget, `within budget($200/month)`, a "
        "direction, `minimise` or `maximise`, a bound, `< 200ms`, or a standard, `WCAG_AA`.",
    ),
    "SG-E168": Code(
        "not part of an entity",
        "An entity `has:` attributes, of which `deals[]` holds many, `belongs_to:` other "
        "entities, keeps a `rule:`, and may be `immutable: true`.",
    ),
    "SG-E169": Code(
        "not an event or a time",
        "A block begins with what it waits for: `when interaction.created {`, `when "
        "alert.unacknowledged for 4h {`, `every day at 09:00 {`, `for each customer {`.",
    ),
    "SG-E170": Code(
        "not a condition",
        "A condition compares values, asks whether one crosses a threshold, is in a state, "
        "exists or has something, or names what is true by itself. AND, OR and NOT join them.",
    ),
    "SG-E171": Code(
        "not a time of the calendar",
        "Periods are hour, day, week, month and year, or a duration such as `15m`; a time of "
        "day is written with hours and minutes, `09:00`.",
    ),
    "SG-E172": Code(
        "not a consequence",
        "A consequence is a name, maybe with arguments: `must: log_alert_event`, `must: "
        "alert_rep(customer: interaction.customer, reason: churn_risk_rising)`.",
    ),
    "SG-E173": Code(
        "not a threshold",
        "A threshold is a name and a value, `threshold churn_warning = 45`; conditions speak of "
        "it as `threshold.churn_warning`.",
    ),
    "SG-E174": Code(
        "not an assertion",
        "An assertion says of `every`, of `no` or of `some` thing what is always true: "
        "`assert: every(deal_score) has explanation`.",
    ),
    "SG-E175": Code(
        "unknown policy",
        "When the intent evolves, old events are worked off (`sequential`), left alone "
        "(`prospective_only`), or a person is asked (`human_decision`).",
    ),
}

NAMES: Final = {
    "SG-E250": Code(
        "member twice",
        "Two entities, capabilities, invariants or thresholds of one system have the same name.",
    ),
    "SG-E251": Code(
        "system twice",
        "Two systems of the genome have the same name, so events cannot tell which one they "
        "concern.",
    ),
    "SG-E252": Code(
        "probably misspelt",
        "The word is not declared in the system, but one that is very much like it is. If they "
        "are two different things, declare both.",
    ),
    "SG-E253": Code(
        "falls back on itself",
        "The fallback of a consequence is the consequence itself, so nothing would change when "
        "the deadline has passed.",
    ),
    "SG-E254": Code(
        "cannot be compared",
        "The two sides of a comparison measure different things: a duration and money, a share "
        "and a plain number, two currencies. What an attribute measures is taken from the first "
        "constant or threshold that it is compared with; what counts is a number.",
    ),
    "SG-E292": Code(
        "not declared",
        "The system speaks of an entity, an attribute or a threshold that it does not declare. "
        "It may come from elsewhere; nothing here can tell whether it is spelt right.",
        Severity.NOTE,
    ),
    "SG-E294": Code(
        "contradicts another rule",
        "Two rules of the genome's systems cannot both be kept: what one claims of every thing "
        "the other claims of none, no value is within both bounds, or the same consequence of "
        "the same event is due or weighed otherwise. The controller goes on, and tells it as a "
        "gap that only people can close.",
        Severity.WARNING,
    ),
}
