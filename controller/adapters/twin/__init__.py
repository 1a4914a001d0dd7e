"""The twin: worlds on a real Linux of their own, whose time passes only when it is granted.

    kernel      where the built kernel is, and whether it is the one that the recipe makes
    calendar    grants virtual time to a running kernel, event by event
    machine     boots it as an ordinary process, asks it, ends it
    guest       the first process inside: makes worlds in namespaces and serves requests
    world       one world in a machine, as a kernel of the network domain

`adapters.worlds` and `wiring` build them; nothing else knows that User-Mode Linux is there.
"""
