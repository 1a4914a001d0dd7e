"""What a gene may say to the controller, and what becomes of one that says something else."""

from __future__ import annotations

import json

import pytest

from controller.adapters.process_sandbox import ProcessSandbox
from controller.domains.world import Json, JsonObject, OperationRefused
from controller.gene_limits import GENE_MESSAGE_BYTES, GENE_OPERATIONS
from controller.ports import Died, Grant, Returned
from tests.sandbox.reach import HARMLESS, nothing_granted

MOVE = Grant("move", ("port", "bridge"))

FORGES = """
import random
write = random._os.write
def frame(tag, payload, length=None):
    size = len(payload) if length is None else length
    return tag + size.to_bytes(4, 'big') + payload
def execute(text):
    write(3, {})
    while True:
        random._os.read(3, 1)
"""
FORGERIES = {
    "an unknown tag": "frame(b'X', b'{}')",
    "an answer to itself": """frame(b'A', b'{"result":1}')""",
    "a call that is no JSON": "frame(b'C', b'{')",
    "a call that is no object": "frame(b'C', b'[1]')",
    "a call without arguments": """frame(b'C', b'{"operation":"move"}')""",
    "a call with more than arguments": (
        """frame(b'C', b'{"operation":"move","arguments":{},"as":"root"}')"""
    ),
    "an operation that is no name": """frame(b'C', b'{"operation":[],"arguments":{}}')""",
    "arguments that are a list": """frame(b'C', b'{"operation":"move","arguments":[]}')""",
    "a number that is none": """frame(b'C', b'{"operation":"move","arguments":{"port":NaN}}')""",
    "an infinite number": """frame(b'C', b'{"operation":"move","arguments":{"port":1e999}}')""",
    "a number of a thousand digits": (
        """frame(b'C', b'{"operation":"move","arguments":{"port":%s}}' % (b'9' * 1000))"""
    ),
    "a number too long for the parser": (
        """frame(b'C', b'{"operation":"move","arguments":{"port":%s}}' % (b'9' * 10000))"""
    ),
    "half a surrogate pair": (
        r"""frame(b'C', b'{"operation":"move","arguments":{"port":"\\ud800"}}')"""
    ),
    "half a surrogate pair as a key": (
        r"""frame(b'C', b'{"operation":"move","arguments":{"\\udfff":1}}')"""
    ),
    "arguments nested without end": """frame(b'C', b'[' * 200000)""",
    "arguments nested deeply": (
        """frame(b'C', b'{"operation":"move","arguments":{"port":%s}}' % (b'[' * 99 + b']' * 99))"""
    ),
    "bytes that are no text": "frame(b'C', b'\\xff\\xfe')",
    "a call longer than allowed": "frame(b'C', b'', length=1 << 31)",
    "a death longer than allowed": "frame(b'D', b'', length=1 << 31)",
    "a death of a kind that others decide": """frame(b'D', b'{"kind":"timeout","reason":""}')""",
    "a death without a reason": """frame(b'D', b'{"kind":"exception"}')""",
    "a death that is a list": """frame(b'D', b'[]')""",
    "an output that is no text": r"frame(b'R', b'\xff')",
    "an output of half a surrogate pair": r"frame(b'R', b'\xed\xa0\x80')",
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_frame_ends_the_gene(forgery: str, sandbox: ProcessSandbox) -> None:
    source = FORGES.format(forgery)
    outcome = sandbox.call(source, "", (MOVE,), nothing_granted)
    assert isinstance(outcome, Died)
    assert outcome.kind == "protocol"
    after = sandbox.call(HARMLESS, "next", (), nothing_granted)
    assert isinstance(after, Returned)


def test_an_output_announced_too_long_is_not_waited_for(sandbox: ProcessSandbox) -> None:
    source = FORGES.format("frame(b'R', b'', length=(1 << 32) - 1)")
    outcome = sandbox.call(source, "", (), nothing_granted)
    assert isinstance(outcome, Died)
    assert outcome.kind == "output"


def test_what_a_gene_says_after_its_last_word_is_not_heard(sandbox: ProcessSandbox) -> None:
    calls = """frame(b'R', b'last') + frame(b'C', b'{{"operation":"move","arguments":{{}}}}')"""
    outcome = sandbox.call(FORGES.format(calls.format()), "", (MOVE,), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output == "last"


def test_a_gene_that_trickles_its_answer_is_late() -> None:
    source = """
import random
def execute(text):
    random._os.write(3, b'R' + (1000).to_bytes(4, 'big'))
    while True:
        random._os.write(3, b'x')
        random._os.sys.modules['time'].sleep(0.01)
"""
    with ProcessSandbox(wall_seconds=0.2) as sandbox:
        assert sandbox.call(source, "", (), nothing_granted) == Died(
            "timeout", "it did not return within 0.2 s"
        )


def test_a_gene_that_never_reads_its_answers_is_late() -> None:
    source = """
import random
def execute(text):
    call = b'{"operation":"move","arguments":{}}'
    while True:
        random._os.write(3, b'C' + len(call).to_bytes(4, 'big') + call)
"""
    with ProcessSandbox(wall_seconds=0.5) as sandbox:
        outcome = sandbox.call(source, "", (MOVE,), lambda *_: "x" * (GENE_MESSAGE_BYTES // 2))
    assert outcome == Died("timeout", "it did not return within 0.5 s")


def test_operations_are_served_with_arguments_by_name(sandbox: ProcessSandbox) -> None:
    served: list[tuple[str, JsonObject]] = []

    def serve(operation: str, arguments: JsonObject) -> Json:
        served.append((operation, arguments))
        return {"moved": [1, None, "é", 0.5, True]}

    source = """
def execute(text):
    first = gene_sdk.move("eth0", "br0")
    gene_sdk.move("eth1", bridge="br1")
    gene_sdk.move(bridge=None)
    return json.dumps(first)
"""
    outcome = sandbox.call(source, "", (MOVE,), serve)
    assert isinstance(outcome, Returned)
    assert json.loads(outcome.output) == {"moved": [1, None, "é", 0.5, True]}
    assert served == [
        ("move", {"port": "eth0", "bridge": "br0"}),
        ("move", {"port": "eth1", "bridge": "br1"}),
        ("move", {"bridge": None}),
    ]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("move(1, 2, 3)", "TypeError: move takes at most 2 arguments (line 2)"),
        ("move(1, port=2)", "TypeError: move got port twice (line 2)"),
        ("move(colour=2)", "TypeError: move has no parameter colour (line 2)"),
        ("move(object())", "TypeError: Object of type object is not JSON serializable (line 2)"),
        ("move(float('nan'))", "ValueError: Out of range float values are not JSON compliant"),
        ("move('x' * 300000)", "ValueError: move was called with 3000"),
        ("fly()", "AttributeError: module 'gene_sdk' has no attribute 'fly' (line 2)"),
    ],
)
def test_a_wrong_call_is_an_exception_in_the_gene(
    call: str, reason: str, sandbox: ProcessSandbox
) -> None:
    source = f"def execute(text):\n    gene_sdk.{call}\n"
    outcome = sandbox.call(source, "", (MOVE,), nothing_granted)
    assert isinstance(outcome, Died)
    assert outcome.kind == "exception"
    assert outcome.reason.startswith(reason)


def test_a_refusal_reaches_the_gene_with_its_reason(sandbox: ProcessSandbox) -> None:
    def refuse(operation: str, arguments: JsonObject) -> Json:
        raise OperationRefused(f"no such port {arguments['port']}")

    handles = """
from gene_sdk import Refused
def execute(text):
    try:
        gene_sdk.move("eth9")
    except Refused as refused:
        return refused.reason
"""
    assert isinstance(outcome := sandbox.call(handles, "", (MOVE,), refuse), Returned)
    assert outcome.output == "no such port eth9"

    ignores = "def execute(text):\n    return gene_sdk.move('eth9')\n"
    assert sandbox.call(ignores, "", (MOVE,), refuse) == Died(
        "exception", "Refused: no such port eth9 (line 2)"
    )


@pytest.mark.parametrize(
    ("operation", "arguments", "reason"),
    [
        ("destroy", {}, "destroy is not granted to this gene"),
        ("Refused", {}, "Refused is not granted to this gene"),
        ("move", {"force": True}, "move has no such parameter"),
    ],
)
def test_what_was_not_granted_is_refused_even_if_it_is_forged(
    operation: str, arguments: JsonObject, reason: str, sandbox: ProcessSandbox
) -> None:
    forged = json.dumps({"operation": operation, "arguments": arguments}).encode()
    source = f"""
import random
def execute(text):
    call = {forged!r}
    random._os.write(3, b'C' + len(call).to_bytes(4, 'big') + call)
    head = random._os.read(3, 5)
    return json.loads(random._os.read(3, int.from_bytes(head[1:], 'big')))["refused"]
"""
    outcome = sandbox.call(source, "", (MOVE,), nothing_granted)
    assert isinstance(outcome, Returned)
    assert outcome.output == reason


def test_a_thousand_operations_are_served_and_no_more(sandbox: ProcessSandbox) -> None:
    calls = (
        "def execute(text):\n    for _ in range(int(text)): gene_sdk.move()\n    return 'done'\n"
    )
    served: list[str] = []

    def serve(operation: str, arguments: JsonObject) -> Json:
        served.append(operation)
        return None

    assert isinstance(sandbox.call(calls, str(GENE_OPERATIONS), (MOVE,), serve), Returned)
    assert len(served) == GENE_OPERATIONS
    served.clear()
    outcome = sandbox.call(calls, str(GENE_OPERATIONS + 1), (MOVE,), serve)
    assert outcome == Died("protocol", "it called more than 1000 operations")
    assert len(served) == GENE_OPERATIONS


def test_an_answer_that_is_too_large_is_refused(sandbox: ProcessSandbox) -> None:
    source = "def execute(text):\n    return gene_sdk.move()\n"
    outcome = sandbox.call(source, "", (MOVE,), lambda *_: "x" * GENE_MESSAGE_BYTES)
    assert isinstance(outcome, Died)
    assert "the answer has" in outcome.reason
