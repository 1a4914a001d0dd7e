"""Keeps one agent's processes together, so that none of them outlives it. Run as a script.

`agent_processes` starts it: `agent_keeper.py CONTROL COMMAND…`, with the agent's own standard
streams. CONTROL is the reading end of a pipe that the controller holds open; the agent ends when
its command does, or when that pipe closes, which the end of the controller does too. Then every
process that descends from the command is killed, whatever session it made for itself:

    PID namespace   the command's parent is the namespace's first process; with it all of them end
    subreaper       where there is no such namespace: orphans become children of this process,
                    which kills its children until it has none
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWPID: Final = 0x20000000
_SIGNALLED: Final = 128
"""Added to a signal's number in an exit status, as shells do."""
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def main(control: int, command: list[str]) -> int:
    """Run the command until it or the controller ends. Returns its exit status."""
    os.set_inheritable(control, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)  # nothing of it becomes another user's, out of our reach
    alone = _leave_pid_namespace()
    first = os.fork()
    if first == 0:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if alone:
            _be_first_process(command)
        _become(command)
    status = _wait(control, first)
    _kill_all()
    return status


def _leave_pid_namespace() -> bool:
    """Whether the next child is the first process of a new PID namespace."""
    if _LIBC.unshare(_CLONE_NEWPID) == 0:
        return True
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWPID) != 0:
        return False
    with suppress(OSError):
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def _be_first_process(command: list[str]) -> NoReturn:
    """Start the command, bury what is orphaned, and end as the command ends."""
    child = os.fork()
    if child == 0:
        _become(command)
    for stream in range(3):
        os.close(stream)
    pid, status = 0, 0
    while pid != child:
        pid, status = os.wait()
    os._exit(_exit_status(status))


def _become(command: list[str]) -> NoReturn:
    """Replace this process by the command, in a session of its own."""
    os.setsid()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(os.EX_UNAVAILABLE)


def _wait(control: int, first: int) -> int:
    """Wait for the command's end or the controller's word. Buries orphans meanwhile."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    pidfd = os.pidfd_open(first)
    poll.register(pidfd, select.POLLIN)
    ready = dict(poll.poll())
    if pidfd not in ready:
        os.kill(first, signal.SIGKILL)
    _, status = os.waitpid(first, 0)
    return _exit_status(status)


def _kill_all() -> None:
    """Kill the children that are left, and theirs as they become ours, until there are none."""
    while True:
        for child in _children():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _children() -> list[int]:
    """The processes whose parent is this one."""
    found, own = [], os.getpid()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == own:
                found.append(int(folder.name))
    return found


def _exit_status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _SIGNALLED - code


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
