"""Hostile genes: each attempt fails, changes nothing, and the next call is as if it never was."""

from __future__ import annotations

import os

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.ports import Died, Returned
from tests.sandbox.attempts import Attempt
from tests.sandbox.attempts_within import ATTEMPTS
from tests.sandbox.host import Host, descendants
from tests.sandbox.reach import HARMLESS, REACH, answers_nothing, nothing_granted, walls


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_an_attempt_to_escape_is_an_ordinary_outcome(
    attempt: Attempt, sandbox: ProcessSandbox, host: Host
) -> None:
    assert walls(sandbox.missing()) == []
    before = descendants(os.getpid())

    outcome = sandbox.call(attempt.source, host.targets(), attempt.granted, answers_nothing)

    assert attempt.surprise(outcome) is None
    host.assert_untouched()
    assert descendants(os.getpid()) == before  # the same zygote, and no process left behind
    after = sandbox.call(HARMLESS, "next", (), nothing_granted)
    assert isinstance(after, Returned)
    assert after.output == "next"


def test_the_secret_is_nowhere_in_what_a_gene_can_see(sandbox: ProcessSandbox, host: Host) -> None:
    looks_everywhere = """
import random, re, types
def execute(needle):
    waiting, seen = [random._os.sys.modules, random._os.sys._getframe()], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, (str, bytes)) and value is not needle:
            text = value if isinstance(value, str) else value.decode("latin-1")
            if needle[:16] in text and text != needle:
                return "found"
        elif isinstance(value, dict):
            waiting += list(value.keys()) + list(value.values())
        elif isinstance(value, (list, tuple, set, frozenset)):
            waiting += value
        elif isinstance(value, types.FrameType):
            waiting += [value.f_back, value.f_globals]
        elif isinstance(value, (type, types.ModuleType, types.FunctionType)):
            waiting += list(getattr(value, "__dict__", {}).values())
    return "nowhere in %d objects" % len(seen) if len(seen) > 10000 else "hardly looked"
"""
    outcome = sandbox.call(looks_everywhere, host.secret, (), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output.startswith("nowhere in")


def test_genes_cannot_wait_for_ever() -> None:
    forever = {
        "asleep": REACH + "def execute(text):\n    os.sys.modules['time'].sleep(1e6)\n",
        "reading": REACH + "def execute(text):\n    os.read(3, 1)\n",
        "spinning": "def execute(text):\n    while True: pass\n",
    }
    with ProcessSandbox(wall_seconds=0.2, cpu_seconds=5) as sandbox:
        for source in forever.values():
            outcome = sandbox.call(source, "", (), nothing_granted)
            assert outcome == Died("timeout", "it did not return within 0.2 s")


def test_a_gene_that_spins_is_stopped_by_the_kernel() -> None:
    with ProcessSandbox(cpu_seconds=1) as sandbox:
        spin = "def execute(text):\n    while True:\n        try: 1 / 0\n        except: pass\n"
        outcome = sandbox.call(spin, "", (), nothing_granted)
        assert outcome == Died("timeout", "it used more than 1 s of processor time")


def test_a_description_of_a_failure_that_never_ends_is_stopped_too() -> None:
    source = """
class Endless(Exception):
    def __str__(self):
        while True: pass
def execute(text):
    raise Endless
"""
    with ProcessSandbox(cpu_seconds=1) as sandbox:
        outcome = sandbox.call(source, "", (), nothing_granted)
    assert outcome == Died("timeout", "it used more than 1 s of processor time")


def test_nothing_is_kept_from_one_call_to_the_next(sandbox: ProcessSandbox) -> None:
    poisons = """
import json, re, gene_sdk, random, math
random._os.sys.modules['os'] = None
json.loads = json.dumps = lambda *_: 'poisoned'
json.__builtins__['len'] = lambda _: 0
math.pi = 3
gene_sdk.Refused = None
re.compile = None
random._os.environ['left'] = 'behind'
def execute(text):
    return 'done'
"""
    looks = """
import json, re, gene_sdk, random, math
def execute(text):
    return json.dumps([json.loads('[1]'), len('abc'), math.pi > 3, gene_sdk.Refused.__name__,
                       re.compile('a').pattern, dict(random._os.environ), random.random()])
"""
    first = sandbox.call(looks, "", (), nothing_granted)
    assert isinstance(sandbox.call(poisons, "", (), nothing_granted), Died | Returned)
    second = sandbox.call(looks, "", (), nothing_granted)
    assert isinstance(first, Returned)
    assert isinstance(second, Returned)
    assert first.output == second.output
