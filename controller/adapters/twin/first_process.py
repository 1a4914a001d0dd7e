"""The first process of a twin's kernel: mounts what the interpreter expects, becomes `guest`.

`machine` has the kernel start it. It imports nothing that reads `/proc` before that is there.
"""

from __future__ import annotations

import ctypes
import os
import runpy
from pathlib import Path
from typing import Final

GUEST: Final = "controller.adapters.twin.guest"
_MOUNTS: Final = (("proc", "/proc"), ("sysfs", "/sys"), ("tmpfs", "/run"))


def main() -> None:
    """Never returns."""
    libc = ctypes.CDLL(None, use_errno=True)
    for kind, where in _MOUNTS:
        if libc.mount(kind.encode(), where.encode(), kind.encode(), 0, None) < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), where)
    Path("/run/netns").mkdir()
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    runpy.run_module(GUEST, run_name="__main__")


if __name__ == "__main__":
    main()
