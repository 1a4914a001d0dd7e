"""The records domain: what projections are made of, and what their genes may do.

Reading the rooms in this order follows the data:

    state → reach → operation → argument → batch → memory
    phrases → domain                                        contracts' sentences, for the core
"""

from controller.domains.records.domain import RECORDS

__all__ = ["RECORDS"]
