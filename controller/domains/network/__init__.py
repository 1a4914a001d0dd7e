"""The network domain: links, bridges, forwarding tables, addresses, neighbours.

Reading the rooms in this order follows the data:

    address → state → operation → argument → refusal → inverse → query
    fabric → rewiring → replica → simulated → outside → scenario      in memory
    wire → namespace → readout → netlink → lab                        in Linux
    phrases, spare, variation → domain                                what the core sees
"""

from controller.domains.network.domain import NETWORK

__all__ = ["NETWORK"]
