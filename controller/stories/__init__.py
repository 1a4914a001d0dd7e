"""What the controller does, told in verbs. Core and ports only: no adapter, no I/O of their own.

converge     one pass: notice → recover → drafts → demands → records → drift → endure
  advance    a demand, one step further; its hands are `enact`, its search is `evolve`
    undo     takes a transaction back; `precaution` asks what a risk demands before one begins
  endure     a change that was confirmed, looked at again hours and days later
  merge      a draft, one step further; its judge is `prove`
express      one gene in one world, through the `broker`; `diagnose` asks others about it
rehearse     the same in a shadow of the world
request, why what people ask
"""
