"""What hostile genes try with what they have: descriptors, native code, frames, words, the broker.

`ATTEMPTS` is the whole table; `attempts` has the rest of it and says how to read an entry.
"""

from __future__ import annotations

from typing import Final

from controller.gene_limits import GENE_OPERATIONS, GENE_TALK_BYTES
from controller.ports import Grant
from tests.sandbox.attempts import (
    EXHAUSTION,
    FAILURES,
    FILES,
    NETWORK,
    PROCESSES,
    WALKS,
    Attempt,
    Dead,
    Said,
    dies,
    says,
    tries,
)

MOVE: Final = (Grant("move", ("port",)),)

DESCRIPTORS: Final = {
    "reads every other descriptor": tries("[os.read(n, 1) for n in range(64) if n != 3]"),
    "writes to standard output": tries("os.write(1, b'x')"),
    "asks what its descriptor is": tries("os.fstat(3)"),
    "moves in its descriptor": tries("os.lseek(3, 0, 0)"),
    "copies its descriptor to a guessed one": tries("os.dup2(3, 100)"),
    "gives its descriptor to children": tries("os.set_inheritable(3, True)"),
    "asks whether its descriptor blocks": tries("os.get_blocking(3)"),
    "sends from its socket to its socket": tries("os.sendfile(3, 3, 0, 1)"),
    "closes its socket": dies("def execute(text):\n    os.closerange(0, 9)\n", "output", "None"),
}

LINKS_AND_CLOCKS: Final = {
    "links to the secret by name": tries(
        "os.symlink(at['secret_file'], at['writable_directory'] + '/link')"
    ),
    "links to the secret": tries("os.link(at['secret_file'], at['writable_directory'] + '/link')"),
    "swaps a file while it is looked at": tries(
        "[os.replace(at['secret_file'] + a, at['secret_file'] + b)"
        " for _ in range(500) for a, b in (('', '~'), ('~', ''))] and 'swapped'"
    ),
    "waits for a file to be let go": tries(
        "[os.open(at['secret_file'], os.O_RDONLY | os.O_NOFOLLOW) for _ in range(1000)]"
    ),
    "sets the clock": tries("os.sys.modules['time'].clock_settime(0, 0)"),
    "locks itself to a processor": tries("os.sched_setaffinity(0, {0})"),
    "becomes a real-time process": tries("os.sched_setscheduler(0, 1, os.sched_param(1))"),
}

NATIVE: Final = {
    "traces its parent": tries("native().ptrace(16, 1, 0, 0)", "did: -1"),
    "traces the victim": tries("native().ptrace(16, at['victim_pid'], 0, 0)", "did: -1"),
    "reads the victim's memory": tries(
        "native().process_vm_readv(at['victim_pid'], 0, 0, 0, 0, 0)", "did: -1"
    ),
    "writes the victim's memory": tries(
        "native().process_vm_writev(at['victim_pid'], 0, 0, 0, 0, 0)", "did: -1"
    ),
    "mounts a file system": tries("native().mount(b'x', b'/', b'tmpfs', 0, 0)", "did: -1"),
    "unmounts its root": tries("native().umount2(b'/', 2)", "did: -1"),
    "makes a namespace in which it is root": tries("native().unshare(0x10000000)", "did: -1"),
    "joins a namespace": tries("native().setns(3, 0)", "did: -1"),
    "names its machine": tries("native().sethostname(b'mine', 4)", "did: -1"),
    "takes its seat belt off": tries("native().prctl(22, 0, 0, 0, 0)", "did: -1"),
    "becomes readable for others": tries("native().prctl(4, 1, 0, 0, 0)", "did: -1"),
    "changes how programs are loaded": tries("native().personality(0x0040000)", "did: -1"),
    "makes memory that is machine code": tries("native().mmap(0, 4096, 7, 0x22, -1, 0)", "did: -1"),
    "pins memory": tries("native().mlockall(3)", "did: -1"),
    "makes a queue of messages": tries("native().msgget(0, 0o1666)", "did: -1"),
    "makes shared memory": tries("native().shmget(0, 4096, 0o1666)", "did: -1"),
    "makes an event descriptor": tries("native().eventfd(0, 0)", "did: -1"),
    "watches files": tries("native().inotify_init()", "did: -1"),
    "restarts the machine": tries("native().reboot(0)", "did: -1"),
}

FRAMES: Final = {
    "opens with the builtins of the outermost frame": says(
        """
def execute(text):
    frame = os.sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
    return attempt(lambda: frame.f_builtins["open"]("/etc/passwd"))
""",
        "PermissionError",
    ),
    "forks with the functions of a frame below": says(
        """
def execute(text):
    frame = os.sys._getframe(2)
    return attempt(lambda: frame.f_globals["os"].fork())
""",
        "PermissionError",
    ),
    "speaks to the controller with the zygote's socket": tries(
        "[one.send(b'+') for one in genuine_import('gc').get_objects()"
        " if type(one).__name__ == 'socket']"
    ),
    "asks for another gene with a socket made of a number": tries(
        "[klass('socket')(1, 5, 0, fileno=n).send(b'+') for n in range(4)]"
    ),
    "raises the bound on its output": dies(
        """
def execute(text):
    os.sys.modules["controller.adapters.gene_child"].GENE_OUTPUT_BYTES = 1 << 60
    return "x" * (1 << 21)
""",
        "output",
        "its output has 2097152 bytes",
    ),
    "imports with an import of its own": tries(
        "type('M', (), {})() and genuine_import('_socket').socket", "ModuleNotFoundError"
    ),
    "finds a module among the finders": tries(
        "os.sys.modules['_frozen_importlib_external'].SourceFileLoader("
        "'x', at['secret_file']).get_data(at['secret_file'])"
    ),
    "loads a library as an extension": tries(
        "os.sys.modules['_imp'].create_dynamic("
        "os.sys.modules['_frozen_importlib'].ModuleSpec('m', None, origin='/lib/libc.so.6'))",
        "ImportError",
    ),
}

WORDS: Final = {
    "returns a string of its own kind": says(
        """
class Odd(str):
    def encode(self, *_): raise SystemExit
    def __len__(self): return 1 << 60
def execute(text):
    return Odd("plain")
""",
        "plain",
    ),
    "pretends that it was refused": dies(
        "def execute(text):\n    raise gene_sdk.Refused('no')\n", "exception", "Refused: no"
    ),
    "speaks when the interpreter ends": says(
        """
class Last:
    def __del__(self, write=os.write):
        write(3, b"R" + (4).to_bytes(4, "big") + b"last")
kept = Last()
def execute(text):
    return "first"
""",
        "first",
    ),
    "combines characters without end": dies(
        "def execute(text):\n    return 'a' + '\\u0301' * (1 << 20)\n", "output", "bytes"
    ),
    "normalises a word that grows": dies(
        "import unicodedata\ndef execute(text):\n"
        "    return unicodedata.normalize('NFKC', '\\ufdfa' * (1 << 24))\n",
        "memory",
    ),
    "writes a number of a million digits": tries("len(str(10 ** 1000000))", "ValueError"),
    "pads a number to a gigabyte": tries("len('%1000000000d' % 1)", "MemoryError"),
    "matches without end": dies(
        "import re\ndef execute(text):\n    return str(re.match('(a+)+$', 'a' * 64 + 'b'))\n",
        "timeout",
        "processor",
    ),
    "takes a list apart that is a million deep": says(
        """
def execute(text):
    deep = None
    for _ in range(1 << 20):
        deep = [deep]
    del deep
    return "apart"
""",
        "apart",
    ),
    "describes a thing that holds itself": dies(
        """
class Mirror(Exception):
    def __str__(self): return str(self)
def execute(text):
    raise Mirror
""",
        "exception",
        "RecursionError while describing",
    ),
}

BROKER: Final = {
    "calls what it was not granted through what it was": Attempt(
        """
def execute(text):
    request = next(cell.cell_contents for cell in gene_sdk.move.__closure__
                   if cell.cell_contents == "move") and gene_sdk.move.__globals__["_request"]
    try:
        return str(request(3, "destroy", {}))
    except gene_sdk.Refused as refused:
        return refused.reason
""",
        Said("destroy is not granted to this gene"),
        MOVE,
    ),
    "grants itself an operation": Attempt(
        """
def execute(text):
    make = gene_sdk.move.__globals__["_operation"]
    try:
        return str(make(3, "destroy", ())())
    except gene_sdk.Refused as refused:
        return refused.reason
""",
        Said("destroy is not granted to this gene"),
        MOVE,
    ),
    "floods the broker": Attempt(
        "def execute(text):\n    while True: gene_sdk.move('x')\n",
        Dead("protocol", f"more than {GENE_OPERATIONS} operations"),
        MOVE,
    ),
    "floods the broker with long words": Attempt(
        "def execute(text):\n    while True: gene_sdk.move('x' * 250000)\n",
        Dead("protocol", f"more than {GENE_TALK_BYTES} bytes"),
        MOVE,
    ),
}

ATTEMPTS: Final = (
    FILES
    | PROCESSES
    | NETWORK
    | WALKS
    | EXHAUSTION
    | FAILURES
    | DESCRIPTORS
    | LINKS_AND_CLOCKS
    | NATIVE
    | FRAMES
    | WORDS
    | BROKER
)
"""Every attempt, by what it does."""
