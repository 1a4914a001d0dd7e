"""The network domain: links, bridges, forwarding tables, addresses, neighbours.

Reading the rooms in this order follows the data:

    address → state → operation → argument → routing → refusal → query
    footprint → restoring                                                    what undoes
    live → fabric → rewiring → replica, modelled → simulated → outside → scenario   in memory
    wire → namespace → readout → probe, moves, change → netlink              in Linux
    inventory → reinstate                                                    and undone there
    construction → lab                                                       and made there
    spare, variation                                                         held-out cases
    phrases_wording → phrase → phrases_arranging → phrases_links, phrases_kept, phrases_seen
        → phrases → situation                                                contracts' sentences
    resources                                                                what topologies have
    domain                                                                   for the core
"""

from controller.domains.network.domain import NETWORK

__all__ = ["NETWORK"]
