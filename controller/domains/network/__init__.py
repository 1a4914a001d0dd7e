"""The network domain: links, bridges, forwarding tables, addresses, neighbours.

Reading the rooms in this order follows the data:

    address → state → operation → argument → routing → refusal → inverse → query
    live → fabric → rewiring → replica → simulated → outside → scenario      in memory
    wire → namespace → readout → probe, moves, change → netlink              in Linux
    construction → lab                                                       and made there
    phrases, spare, variation → domain                                       for the core
"""

from controller.domains.network.domain import NETWORK

__all__ = ["NETWORK"]
