"""Runs that go through `[hosts] via`, with a real `ansible-runner worker` at the other end."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from controller.adapters.ansible_courier import AnsibleCourier, Parcel, Reply
from controller.genome.hosts import host_settings
from controller.ports import Blocked, Halted, Unavailable

WORKER = ("ansible-runner", "worker")


@contextmanager
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody answers, taken so that nobody else gets it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def asked(via: tuple[str, ...], go_on: Callable[[], None] = lambda: None) -> Reply:
    """What comes of a request to a host that is away."""
    with closed_port() as port, closing(AnsibleCourier(go_on, lambda: via)) as courier:
        text = f"all: {{hosts: {{h: {{ansible_host: 127.0.0.1, ansible_port: '{port}'}}}}}}"
        parcel = Parcel(host_settings({"hosts/fleet.yml": text.encode()}, "h"), b"{}", acts=True)
        reply = courier.deliver({"h": parcel}, b"", 5.0)["h"]
    if isinstance(reply, Unavailable):
        reply.reason = reply.reason.replace(str(port), "PORT")
    return reply


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs openssh-client")
def test_a_workers_outcome_is_the_one_of_a_run_on_this_machine() -> None:
    here, there = asked(()), asked(WORKER)
    assert isinstance(here, Unavailable)
    assert isinstance(there, Unavailable)
    assert "host h is out of reach" in there.reason
    assert "port PORT: Connection refused" in there.reason
    assert (there.reason, there.hint) == (here.reason, here.hint)


def test_a_command_that_is_not_there_is_for_a_person_to_mend() -> None:
    with pytest.raises(Blocked, match="cannot be run: no-such-command") as refused:
        asked(("no-such-command",))
    assert "ansible-runner" in refused.value.hint


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("sh", "-c", "echo no mesh here >&2; exit 3"), "sh ended with 3: no mesh here"),
        (("echo", "welcome to this machine"), "Ansible ended (error)"),
        (("true",), "Ansible ended (error)"),
        (("echo", '{"zipfile": 7}'), "its stream is none of ansible-runner"),
        (("echo", '{"status": "successful"}\n{"eof": true}'), "Ansible ended (successful)"),
    ],
)
def test_what_is_no_workers_stream_leaves_every_host_unheard(
    command: tuple[str, ...], told: str
) -> None:
    reply = asked(command)
    assert isinstance(reply, Unavailable)
    assert told in reply.reason
    assert "undone unless it is confirmed" in reply.hint


def test_a_run_that_is_stopped_ends_the_command_and_all_that_it_began(tmp_path: Path) -> None:
    alive, note = tmp_path / "alive", tmp_path / "note"
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)

    def go_on() -> None:
        if note.exists():
            raise Halted("a person pulled the brake")

    began = f"exec 3>{alive}; (sleep 600 & echo on >{note}; wait)"
    with pytest.raises(Halted, match="the brake"):
        asked(("sh", "-c", began), go_on)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # nobody has the other end open any more
    os.close(reader)
