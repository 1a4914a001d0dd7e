"""Takes from this process what some machines do not give, then runs a gene and reports.

Run as a program of its own: `python -m tests.sandbox.confine WHAT…`, where WHAT is

    no-user-namespaces   they cannot be made here any more
    no-capabilities      and this process could not do without them
    no-filter            libseccomp is not installed
    as-nobody            an ordinary user
    root-of-itself       root of a user namespace that knows no other user

It prints what the sandbox misses, how a few probes ended, and which of the attempts to escape did
not end as they must.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from controller.adapters import gene_locks as locks
from controller.adapters.process_sandbox import ProcessSandbox
from controller.ports import Returned
from tests.sandbox.attempts import tries
from tests.sandbox.attempts_within import ATTEMPTS
from tests.sandbox.reach import answers_nothing, nothing_granted

PROBES = {
    "file": "open(at['secret_file'])",
    "fork": "os.fork()",
    "kill": "os.kill(at['victim_pid'], 9)",
    "network": "klass('socket')(2, 1).connect(('127.0.0.1', at['tcp_port']))",
    "identity": "[os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]",
}


def take(protections: list[str]) -> None:
    """Take these away from this process and what it starts."""
    if "no-user-namespaces" in protections:
        in_a_user_namespace(users=1 if "no-capabilities" in protections else 65536)
        # user_namespaces(7): the limit of a namespace binds the namespaces below it.
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    if "no-capabilities" in protections:
        locks.drop_capabilities()
    if "no-filter" in protections:
        sys.modules["pyseccomp"] = None  # type: ignore[assignment]
    if "root-of-itself" in protections:
        user, group = os.geteuid(), os.getegid()
        locks.unshare(locks.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if "as-nobody" in protections:
        locks.become_nobody()


def report(protections: list[str], targets: str) -> dict[str, object]:
    """What becomes of the probes and attempts, each given the same targets."""
    found: dict[str, object] = {}
    surprises: dict[str, str | None] = {}
    with ProcessSandbox() as sandbox:
        found["missing"] = sandbox.missing()
        for name, expression in PROBES.items():
            outcome = sandbox.call(tries(expression).source, targets, (), nothing_granted)
            found[name] = outcome.output if isinstance(outcome, Returned) else outcome.reason
        if "no-filter" in protections:  # the other locks give other errors
            return found
        for name, attempt in ATTEMPTS.items():
            outcome = sandbox.call(attempt.source, targets, attempt.granted, answers_nothing)
            surprises[name] = attempt.surprise(outcome)
    found["surprises"] = {name: words for name, words in surprises.items() if words}
    return found


def in_a_user_namespace(*, users: int) -> None:
    """Become root of a user namespace below this one, with the first `users` ids mapped."""
    if users == 1:
        user, group = os.geteuid(), os.getegid()
        locks.unshare(locks.CLONE_NEWUSER)
        locks.map_to_nobody(user, group)
        return
    ready, mapped = os.pipe(), os.pipe()
    mapper = os.fork()  # an outsider with the right to, since no process maps more than itself
    if mapper == 0:
        os.read(ready[0], 1)
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{os.getppid()}/{kind}").write_text(f"0 0 {users}")
        os.write(mapped[1], b"+")
        os._exit(0)
    locks.unshare(locks.CLONE_NEWUSER)
    os.write(ready[1], b"+")
    os.read(mapped[0], 1)
    os.waitpid(mapper, 0)
    for end in (*ready, *mapped):
        os.close(end)


if __name__ == "__main__":
    take(sys.argv[1:-1])
    print(json.dumps(report(sys.argv[1:-1], sys.argv[-1])))
