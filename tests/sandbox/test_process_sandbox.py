"""Well-behaved genes: what they may use, and what the caller of a sandbox can rely on."""

from __future__ import annotations

import os
import time

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.arena.admission import ALLOWED_MODULES
from controller.domains.world import Json, JsonObject
from controller.gene_limits import GENE_MESSAGE_BYTES, GENE_OUTPUT_BYTES
from controller.ports import Blocked, Died, Grant, Returned
from tests.sandbox.host import descendants
from tests.sandbox.reach import HARMLESS, nothing_granted


def test_the_output_is_what_execute_returned(sandbox: ProcessSandbox) -> None:
    outcome = sandbox.call(HARMLESS, 'é 漢 🧬 \0 \\ "', (), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output == 'é 漢 🧬 \0 \\ "'
    assert outcome.cpu_ms > 0


def test_the_largest_output_is_returned(sandbox: ProcessSandbox) -> None:
    source = f"def execute(text):\n    return 'x' * {GENE_OUTPUT_BYTES}\n"
    outcome = sandbox.call(source, "", (), nothing_granted)
    assert isinstance(outcome, Returned)
    assert len(outcome.output) == GENE_OUTPUT_BYTES


@pytest.mark.parametrize("module", sorted(ALLOWED_MODULES))
def test_every_allowed_module_can_be_imported(module: str, sandbox: ProcessSandbox) -> None:
    source = f"import {module}\ndef execute(text):\n    return {module}.__name__\n"
    outcome = sandbox.call(source, "", (), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output == module


@pytest.mark.parametrize(
    "module", ["os", "sys", "time", "socket", "subprocess", "ctypes", "sqlite3"]
)
def test_other_modules_cannot(module: str, sandbox: ProcessSandbox) -> None:
    source = f"import {module}\ndef execute(text):\n    return text\n"
    assert sandbox.call(source, "", (), nothing_granted) == Died(
        "exception", f"ImportError: a gene cannot import {module} (line 1)"
    )


def test_what_modules_load_late_is_loaded_already(sandbox: ProcessSandbox) -> None:
    source = """
from __future__ import annotations
import base64, collections.abc, dataclasses, datetime, decimal, enum, hashlib, ipaddress
import random, re, statistics, string, textwrap, typing, unicodedata
@dataclasses.dataclass(frozen=True)
class Port:
    name: str
    vlans: list[int] = dataclasses.field(default_factory=list)
class Colour(enum.Flag):
    RED = 1
    BLUE = 2
def execute(text):
    datetime.datetime.strptime("2024-02-29", "%Y-%m-%d").strftime("%A")
    statistics.fmean([1, 2]); statistics.linear_regression([1, 2], [3, 4])
    hashlib.sha256(b"x").hexdigest(); hashlib.new("sha3_256", b"x"); hashlib.blake2b(b"x")
    "é".encode("latin-1"); "a".encode("ascii"); "é".encode("utf-16")
    typing.get_type_hints(Port); repr(Port("a")); Colour.RED | Colour.BLUE
    ipaddress.ip_network("10.0.0.0/8").supernet(); textwrap.dedent(" a"); re.sub("a", "b", "a")
    decimal.Decimal("1.5").sqrt(); string.Template("$a").substitute(a=1)
    random.Random(1).shuffle([1, 2]); random.sample(range(9), 2); base64.b85encode(b"a")
    isinstance([], collections.abc.Sequence); f"{3.14159:.2f}"; unicodedata.name("é")
    return "fine"
"""
    outcome = sandbox.call(source, "", (), nothing_granted)
    assert isinstance(outcome, Returned), outcome
    assert outcome.output == "fine"


def test_the_same_call_has_the_same_answer_in_every_process() -> None:
    source = """
import random
def execute(text):
    return json.dumps([random.random(), hash("gene"), list({"a", "b", "c", "d"})])
"""
    outputs = set()
    for _ in range(2):
        with ProcessSandbox() as sandbox:
            for _ in range(2):
                outcome = sandbox.call(source, "", (), nothing_granted)
                assert isinstance(outcome, Returned)
                outputs.add(outcome.output)
    assert len(outputs) == 1


def test_an_exception_names_the_line_of_the_gene(sandbox: ProcessSandbox) -> None:
    source = (
        "def execute(text):\n    return inner({})\n\n\ndef inner(data):\n    return data['x']\n"
    )
    assert sandbox.call(source, "", (), nothing_granted) == Died(
        "exception", "KeyError: 'x' (line 6)"
    )


def test_a_syntax_error_names_its_line(sandbox: ProcessSandbox) -> None:
    assert sandbox.call("\n\nx = = 1\n", "", (), nothing_granted) == Died(
        "syntax", "SyntaxError: invalid syntax (line 3)"
    )


class WorldLost(Exception):
    """An error of the world, which is none of the gene's."""


@pytest.mark.parametrize(
    "error", [WorldLost, TimeoutError, ConnectionResetError, KeyboardInterrupt]
)
def test_an_error_of_the_world_reaches_the_caller_and_the_gene_is_gone(
    error: type[BaseException], sandbox: ProcessSandbox
) -> None:
    source = (
        "def execute(text):\n    while True:\n        try: gene_sdk.look()\n        except: pass\n"
    )

    def lose(operation: str, arguments: JsonObject) -> Json:
        raise error("the world is out of reach")

    sandbox.missing()
    before = descendants(os.getpid())
    with pytest.raises(error, match="out of reach"):
        sandbox.call(source, "", (Grant("look", ()),), lose)
    assert descendants(os.getpid()) == before
    assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)


def test_the_time_of_an_operation_counts_as_wall_time_and_not_as_the_genes() -> None:
    source = "def execute(text):\n    return gene_sdk.listen(500)\n"

    def listen(operation: str, arguments: JsonObject) -> Json:
        time.sleep(1.1)
        return "heard"

    grants = (Grant("listen", ("milliseconds",)),)
    with ProcessSandbox(cpu_seconds=1) as patient:
        assert isinstance(patient.call(source, "", grants, listen), Returned)
    with ProcessSandbox(wall_seconds=0.2) as hasty:
        assert hasty.call(source, "", grants, listen) == Died(
            "timeout", "it did not return within 0.2 s"
        )


def test_an_input_that_no_gene_could_be_given_is_blocked(sandbox: ProcessSandbox) -> None:
    with pytest.raises(Blocked, match="a gene's input"):
        sandbox.call(HARMLESS, "x" * (GENE_MESSAGE_BYTES + 1), (), nothing_granted)


def test_the_largest_source_and_input_arrive_whole(sandbox: ProcessSandbox) -> None:
    text = "\N{DNA DOUBLE HELIX}" * GENE_MESSAGE_BYTES
    source = "def execute(text):\n    return str(len(text))\n" + "#" * 100_000
    outcome = sandbox.call(source, text, (), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output == str(GENE_MESSAGE_BYTES)


def test_a_call_within_a_call_is_a_bug(sandbox: ProcessSandbox) -> None:
    def nest(operation: str, arguments: JsonObject) -> Json:
        sandbox.call(HARMLESS, "", (), nothing_granted)
        return None

    source = "def execute(text):\n    gene_sdk.look()\n"
    with pytest.raises(AssertionError, match="follow each other"):
        sandbox.call(source, "", (Grant("look", ()),), nest)
    assert isinstance(sandbox.call(HARMLESS, "", (), nothing_granted), Returned)
