"""The network domain: links, bridges, forwarding tables, addresses, neighbours.

Reading the rooms in this order follows the data:

    address → profile, lease → state → operation → argument → routing → refusal → query
    footprint → restoring                                                    what undoes
    live → fabric → rewiring → replica → modelled → modelled_undoing → simulated
        → outside → scenario                                                 in memory
    wire → message → dumping → namespace → readout → probe, moves, change → netlink  in Linux
    inventory → reinstate                                                    and undone there
    keyfile_settings → keyfile → keyfile_writing → disk → keeping            what outlives a reboot
    boot → restart                                                           and what comes of it
    construction → lab, traffic                                              and made there
    renewal → ordeal                                                         the long run
    spare, variation                                                         held-out cases
    phrases_wording → phrase → phrases_arranging → phrases_links, phrases_kept, phrases_seen,
        phrases_start → phrases → situation                                  contracts' sentences
    resources                                                                what topologies have
    domain                                                                   for the core
"""

from controller.domains.network.domain import NETWORK

__all__ = ["NETWORK"]
