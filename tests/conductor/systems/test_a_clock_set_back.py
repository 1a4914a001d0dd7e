"""What the controller recorded has happened, whatever a clock that was set back says since."""

from __future__ import annotations

from tests.conductor.systems.situation import gaps, shortly

OFFICE = """system "office" {
  entity customer {
    has: name
  }

  when order.placed {
    must: send_receipt(customer)
  }
}
"""
PLACED = """
{"id": "e1", "type": "order.placed", "subject": "customer:c1", "time": "2026-02-07T10:00:00Z"}"""
SENT = """
{"id": "e2", "type": "send_receipt", "subject": "customer:c1", "time": "2026-02-07T10:00:05Z"}
{"id": "e3", "type": "consequence.finished", "subject": "consequence:k",
 "time": "2026-02-07T10:00:06Z"}"""
AN_HOUR_BACK = "2026-02-07T09:00:00.000000Z"


def test_an_event_that_nobody_but_its_writer_vouches_for_is_put_by_until_its_time() -> None:
    assert ("consistency", "must", "event has happened") in shortly(
        gaps(OFFICE, PLACED, AN_HOUR_BACK)
    )


def test_what_came_before_the_controllers_own_event_has_happened_too() -> None:
    found = shortly(gaps(OFFICE, PLACED + SENT, AN_HOUR_BACK))
    assert [one for one in found if one[2] in ("send_receipt", "event has happened")] == []
