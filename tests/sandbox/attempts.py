"""What hostile genes try to reach, each with the outcome that it must have.

A source finds its targets in `input`: `secret_file`, `writable_directory`, `unix_socket`,
`tcp_port`, `victim_pid`, `controller_pid`. It reaches modules that it cannot import the way an
attacker would, by walking from objects that it has. `Said` expects this string back; `Dead`
expects a death of this kind whose reason contains these words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from controller.ports import Died, GeneOutcome, Grant, Returned
from tests.sandbox.reach import REACH


@dataclass(frozen=True)
class Said:
    """The gene returns; its output is this."""

    output: str


@dataclass(frozen=True)
class Dead:
    """The gene dies of this kind; its reason contains these words."""

    kind: str
    words: str = ""


@dataclass(frozen=True)
class Attempt:
    """A hostile source and how it must end."""

    body: str
    outcome: Said | Dead
    granted: tuple[Grant, ...] = ()

    @property
    def source(self) -> str:
        """The whole gene: the means to reach modules, then the attempt."""
        return REACH + self.body

    def surprise(self, outcome: GeneOutcome) -> str | None:
        """What is wrong with this outcome; None if it is the one that it must be."""
        match self.outcome, outcome:
            case Said(expected), Returned(output) if output == expected:
                return None
            case Dead(kind, words), Died(found, reason) if found == kind and words in reason:
                return None
        return f"{outcome} instead of {self.outcome}"


def tries(expression: str, *failures: str) -> Attempt:
    """One expression, which must raise the first of these; `PermissionError` by default."""
    body = (
        f"def execute(text):\n    at = json.loads(text)\n    return attempt(lambda: {expression})\n"
    )
    return Attempt(body, Said(failures[0] if failures else "PermissionError"))


def dies(body: str, kind: str, words: str = "") -> Attempt:
    """A source whose `execute` does not come back."""
    return Attempt(body, Dead(kind, words))


def says(body: str, output: str) -> Attempt:
    """A source whose `execute` returns this, and nothing else has happened."""
    return Attempt(body, Said(output))


FILES: Final = {
    "opens the password file": tries("open('/etc/passwd').read()"),
    "opens a file of the user that runs the controller": tries("open(at['secret_file']).read()"),
    "opens a file through the raw class": tries("klass('FileIO')(at['secret_file'])"),
    "opens a file through posix": tries("os.open(at['secret_file'], 0)"),
    "opens a path from a descriptor": tries("os.open('../..', os.O_PATH, dir_fd=3)"),
    "reads its own memory map": tries("open('/proc/self/maps').read()"),
    "reads the controller's environment": tries(
        "open('/proc/%d/environ' % at['controller_pid'], 'rb').read()"
    ),
    "lists the root": tries("os.listdir('/')"),
    "asks whether a file is there": tries("os.stat(at['secret_file'])"),
    "reads a link": tries("os.readlink('/proc/self/exe')"),
    "writes a file": tries("open(at['writable_directory'] + '/written', 'w')"),
    "makes a directory": tries("os.mkdir(at['writable_directory'] + '/made')"),
    "removes a file": tries("os.remove(at['secret_file'])"),
    "renames a file": tries("os.rename(at['secret_file'], at['secret_file'] + '.gone')"),
    "makes a device": tries("os.mknod('/null', 0o020666, 0x103)"),
    "changes its root": tries("os.chroot('/')"),
    "changes its directory": tries("os.chdir('/')"),
    "makes an anonymous file": tries("os.memfd_create('x')"),
    "imports a module from a file": tries("genuine_import('sqlite3')", "ModuleNotFoundError"),
    "loads a native library": tries("klass('CDLL')('libutil.so.1')", "OSError"),
}

PROCESSES: Final = {
    "forks": tries("os.fork()"),
    "forks a bomb": tries("[os.fork() for _ in range(1000)]"),
    "forks a terminal": tries("os.forkpty()"),
    "runs a program": tries("os.execv('/bin/sh', ['sh', '-c', 'exit'])"),
    "spawns a program": tries("os.posix_spawn('/bin/true', ['true'], {})"),
    "runs a shell": tries("os.system('true') == 0", "did: False"),
    "opens a pipe to a program": tries("os.popen('true')", "ModuleNotFoundError"),
    "starts a thread": tries("thread.start_new_thread(print, ())", "RuntimeError"),
    "kills the victim": tries("os.kill(at['victim_pid'], 9)"),
    "kills the controller": tries("os.kill(at['controller_pid'], 9)"),
    "kills its parent": tries("os.kill(os.getppid(), 9)"),
    "kills everything": tries("os.kill(-1, 9)"),
    "kills its process group": tries("os.killpg(0, 9)"),
    "opens a handle on a process": tries("os.pidfd_open(1)"),
    "catches signals": tries("os.sys.modules['_signal'].signal(14, print)"),
    "raises its own limits": tries("genuine_import('resource')", "ModuleNotFoundError"),
    "sets an alarm": tries("os.sys.modules['_signal'].setitimer(0, 1)", "itimer_error"),
    "becomes root": tries("os.setuid(0)"),
    "becomes more important": tries("os.nice(-20)"),
    "makes a pipe": tries("os.pipe()"),
    "duplicates its socket": tries("os.dup(3)"),
    "exits": dies("def execute(text):\n    os._exit(0)\n", "killed", "status 0"),
    "aborts": dies("def execute(text):\n    os.abort()\n", "killed", "ended by SIG"),
    "writes to address zero": dies(
        "def execute(text):\n    native().memset(0, 1, 1)\n", "killed", "SIGSEGV"
    ),
}

NETWORK: Final = {
    "opens an internet socket": tries("klass('socket')(2, 1)"),
    "opens a unix socket": tries("klass('socket')(1, 1)"),
    "opens a netlink socket": tries("klass('socket')(16, 3)"),
    "opens a raw socket": tries("klass('socket')(2, 3, 1)"),
    "opens a socket for packets": tries("klass('socket')(17, 3)"),
    "uses the socket class on its descriptor": tries("klass('socket')(fileno=3).recv(1)"),
    "sends a descriptor": tries("klass('socket')(1, 1, 0, fileno=3).sendmsg([b'x'])"),
    "resolves a name": tries("klass('socket')(2, 2).connect(('localhost', at['tcp_port']))"),
    "reaches a listener of the host": tries("klass('socket')(1, 1).connect(at['unix_socket'])"),
}

WALKS: Final = {
    "imports os": tries("__import__('os')", "ImportError"),
    "imports ctypes": tries("__import__('ctypes')", "ImportError"),
    "imports through importlib": tries(
        "__import__('importlib').import_module('os')", "ImportError"
    ),
    "imports ctypes with the genuine import": tries(
        "genuine_import('ctypes')", "ModuleNotFoundError"
    ),
    "imports relatively": tries("__import__('x', {'__package__': 'os'}, {}, (), 1)", "ImportError"),
    "reads the environment": tries("dict(os.environ)", "did: {}"),
    "reads the command line": tries("os.sys.argv", "did: []"),
    "finds the source of the controller": tries(
        "open(os.sys.modules['gene'].__file__)", "AttributeError"
    ),
    "prints": tries("print('x' * 100)", "did: None"),
    "waits for input": tries("input()", "RuntimeError"),
}

EXHAUSTION: Final = {
    "takes a gigabyte": tries("len(bytearray(1 << 30))", "MemoryError"),
    "takes memory piece by piece": dies(
        "kept = []\ndef execute(text):\n    while True: kept.append(bytearray(1 << 20))\n",
        "memory",
    ),
    "takes memory in small objects": dies(
        "kept = []\ndef execute(text):\n    while True:\n        kept.append([0] * 100)\n",
        "memory",
    ),
    "multiplies a string": dies("def execute(text):\n    return 'x' * (1 << 40)\n", "memory"),
    "recurses": dies(
        "def execute(text):\n    return execute(text)\n", "exception", "RecursionError"
    ),
    "recurses without a limit": dies(
        "def deeper(value):\n    return max([value], key=deeper)\n"
        "def execute(text):\n    os.sys.setrecursionlimit(1 << 30)\n    return deeper(text)\n",
        "killed",
        "SIGSEGV",
    ),
    "nests JSON": dies(
        "def execute(text):\n    return json.loads('[' * 100000)\n", "exception", "RecursionError"
    ),
    "returns too much": dies("def execute(text):\n    return 'x' * (1 << 24)\n", "output", "bytes"),
    "returns no string": dies("def execute(text):\n    return {}\n", "output", "dict"),
    "returns nothing": dies("def execute(text):\n    pass\n", "output", "NoneType"),
    "returns half a surrogate pair": dies(
        "def execute(text):\n    return '\\ud800'\n", "output", "surrogates"
    ),
}

FAILURES: Final = {
    "raises": dies(
        "def execute(text):\n    return json.loads(text)['x']\n",
        "exception",
        "KeyError: 'x' (line ",
    ),
    "asks the interpreter to exit": dies(
        "def execute(text):\n    raise SystemExit(0)\n", "exception", "SystemExit: 0"
    ),
    "pretends to be interrupted": dies(
        "def execute(text):\n    raise KeyboardInterrupt\n", "exception", "KeyboardInterrupt"
    ),
    "raises outside of Exception": dies(
        "class Odd(BaseException): pass\ndef execute(text):\n    raise Odd('!')\n",
        "exception",
        "Odd: !",
    ),
    "raises what cannot be described": dies(
        "class Odd(Exception):\n"
        "    def __str__(self): raise self\n"
        "    __repr__ = __str__\n"
        "def execute(text):\n    raise Odd\n",
        "exception",
        "Odd while describing",
    ),
    "describes itself at length": dies(
        "def execute(text):\n    raise ValueError('x' * 100000)\n", "exception", "ValueError: xxx"
    ),
    "describes itself with terminal codes": dies(
        "def execute(text):\n    raise ValueError('a\\x1b[2Jb\\nc')\n", "exception", "a?[2Jb c"
    ),
    "describes itself with half a surrogate pair": dies(
        "def execute(text):\n    raise ValueError('a\\ud800')\n", "exception", "ValueError: a"
    ),
    "has no execute": dies("x = 1\n", "syntax", "execute"),
    "cannot be compiled": dies("def execute(text)\n    return text\n", "syntax", "SyntaxError"),
    "contains a null character": dies("\0", "syntax", "null"),
    "is indented beyond the parser": dies("(" * 1000, "syntax", "parentheses"),
    "is nested beyond the compiler": dies("x = " + "-" * 50000 + "1\n", "syntax"),
    "is too long": dies("#" * (1 << 20), "syntax", "bytes"),
}
