"""The attempts are real: outside of the box, the same sources do what they try.

Only those run here that harm nobody: they touch a directory, a listener and a process that the test
made for them, in a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from controller.ports import Returned
from tests.sandbox.attempts_within import ATTEMPTS
from tests.sandbox.host import a_host

HARMLESS: Final = """
    opens the password file
    opens a file of the user that runs the controller
    opens a file through the raw class
    opens a file through posix
    reads its own memory map
    reads the controller's environment
    lists the root
    asks whether a file is there
    reads a link
    writes a file
    makes a directory
    removes a file
    renames a file
    changes its directory
    makes an anonymous file
    imports a module from a file
    loads a native library
    spawns a program
    runs a shell
    opens a pipe to a program
    starts a thread
    kills the victim
    opens a handle on a process
    catches signals
    makes a pipe
    opens an internet socket
    opens a unix socket
    resolves a name
    reaches a listener of the host
    imports os
    imports ctypes
    imports ctypes with the genuine import
    reads the environment
    reads the command line
    asks what its descriptor is
    copies its descriptor to a guessed one
    gives its descriptor to children
    asks whether its descriptor blocks
    links to the secret by name
    links to the secret
    swaps a file while it is looked at
    waits for a file to be let go
    changes how programs are loaded
    makes memory that is machine code
    makes an event descriptor
    watches files
    opens with the builtins of the outermost frame
    finds a module among the finders
    takes a gigabyte
"""

NAMES: Final = tuple(line.strip() for line in HARMLESS.strip().splitlines())

OUTSIDE: Final = """
import ctypes, io, json, os, random, signal, socket, sys, threading, time
while os.open(os.devnull, os.O_RDONLY) < 3:
    pass
source, targets = json.loads(sys.stdin.read())
names = {"json": json}
exec(source, names)
said = names["execute"](targets)
sys.stdout.buffer.write(said.encode("utf-8", "replace")[:300])
"""
"""What a gene is without a box: a process of the user's, with a descriptor 3."""


def outside(source: str, targets: str) -> str:
    """What the source says when nothing holds it."""
    run = subprocess.run(
        [sys.executable, "-c", OUTSIDE],
        input=json.dumps([source, targets]),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return run.stdout


@pytest.mark.parametrize("name", NAMES)
def test_outside_of_the_box_it_works(name: str, tmp_path: Path) -> None:
    attempt = ATTEMPTS[name]
    with a_host(tmp_path) as host:
        said = outside(attempt.source, host.targets())
    assert said != ""
    assert not said.endswith("Error")
    assert attempt.surprise(Returned(said, 0.0)) is not None


def test_there_are_more_than_a_hundred_attempts() -> None:
    assert len(ATTEMPTS) > 100
    assert len(NAMES) >= 40
