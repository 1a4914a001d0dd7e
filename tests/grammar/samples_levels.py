"""Texts of the levels above the gene, which agree with each other and with those of samples.py."""

from __future__ import annotations

from grammar.sg.terms import TypeRef
from grammar.sg.vocabulary import PropertySpec, Vocabulary

INNER = """\
pathway add_vlan
  risk low

  does:
    Add one VLAN.

  takes:
    trunk  string
    tag    int

  steps:
    1. make_bridge
         bridge = {trunk}.{tag}
         ports = [{trunk}]
"""

PATHWAY = """\
pathway set_up
  risk low

  does:
    Set up bridges.

  takes:
    bridge  string
    nics    string[1..]
    vlans   int[]

  steps:
    1. make_bridge
         bridge = {bridge}
         ports = {nics}

    2. check_bridge
         name = {bridge}

    3. when step 2.healthy:
         false -> make_bridge
           bridge = {bridge}
           ports = [{nics.0}]

    4. for vlan in {vlans}:
         -> add_vlan
           trunk = {bridge}
           tag = {vlan}

  requires:
    step 4 needs step 1

  verify:
    check_bridge name={bridge} ms=5
    within 5s

  on failure:
    rollback completed steps
    report partial
"""

TOPOLOGY = """\
topology server

  does:
    A server with two bridges.

  has:
    outer:
      is bridge
      uplink {nic.0}
      stp enabled

    inner:
      is vlans
      trunk outer
      tags [10, 20]

  takes:
    nic  string[2..4]  "In order"

  verify:
    check_bridge name=outer
    for tag in [10, 20]:
      check_bridge name=inner.{tag}
    all within 1m

  on failure:
    preserve what works
    report what failed
"""

INTENT = """\
intent cellar

  does:
    What stands in the cellar.

  networks:
    office:
      vlan 10

    guests:
      vlan 20

  has:
    3 servers:
      is server
      as rack
      from [left, right]
      on [office, guests]
"""

SYSTEM = """\
system "shop" {

  invariant orders_never_lost
  invariant response_time < 500ms

  capability take_orders {
    accepts: order, basket
    produces: receipt
    property: works_offline unless law_forbids
  }

  optimise cost within budget($200/month)
  optimise latency minimise

  threshold waiting = 45

  entity customer {
    has: orders[], name
    rule: has_a_key
  }

  entity order {
    belongs_to: customer
    immutable: true
    has: total, state
  }

  when order.created {
    must: send_receipt(order)
      within: 5s
      fallback: call_customer
      requires: customer.name

    if order.total crosses threshold.waiting AND NOT order.state is paid {
      should: remind(
        who: order.customer,
        how: by_mail
      )
    }
  }

  every day at 09:00 {
    for each customer with orders.count > 3 {
      could: thank(customer)
    }
  }

  always {
    assert: every(order) has customer
    assert: no(order.state) is unpaid for > 30d
  }

  when intent.evolved {
    backfill_policy: sequential
  }
}
"""

VOCABULARY: Vocabulary = {
    "bridge": {
        "uplink": PropertySpec(required=True, exclusive=True),
        "stp": PropertySpec(choices=("enabled", "disabled")),
    },
    "vlans": {
        "trunk": PropertySpec(resource=True, required=True),
        "tags": PropertySpec(TypeRef("int", is_list=True)),
    },
    "network": {"vlan": PropertySpec(TypeRef("int"), required=True)},
}

GROUPS = {"left": ("a", "b"), "right": ("b", "c")}
