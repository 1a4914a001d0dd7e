"""The first process of a twin's kernel: mounts what the interpreter expects, becomes another.

`machine` has the kernel start it with a directory and the name of a module, `guest` as a rule.
It imports nothing that reads `/proc` before that is there.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import sys
from pathlib import Path
from typing import Final

_MOUNTS: Final = (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"))


def main() -> None:
    """Become the module that the second argument names; the kernel adds arguments of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, where in _MOUNTS:
        if libc.mount(kind.encode(), where.encode(), kind.encode(), 0, None) < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), where)
    Path("/run/netns").mkdir()
    os.environ["TMPDIR"] = "/run"
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    runpy.run_module(sys.argv[2], run_name="__main__")


if __name__ == "__main__":
    main()
