"""Runs a prepared directory somewhere else: ansible-runner's transmit, worker and process.

`ansible_courier` asks, where main's `[hosts] via` names a command. What `ansible-runner transmit`
would write is the command's input; what it prints is what `ansible-runner worker` prints, wherever
that runs: behind ssh, in a container, on an execution node of a Receptor mesh. The events are those
of a run on this machine, and so is whatever is made of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from controller.host_limits import (
    HOST_RELAY_END_SECONDS,
    HOST_RELAY_POLL_SECONDS,
    HOST_SILENCE_CHARACTERS,
)
from controller.ports import Blocked

Take = Callable[[Mapping[str, Any]], bool]


def relayed(
    runner: Any,
    job: Mapping[str, Any],
    command: Sequence[str],
    take: Take,
    stopped: Callable[[], bool],
    limit_s: float,
) -> str:
    """Run the job by way of the command; how it ended, in ansible-runner's word or the command's.

    What passes by is left beside the job's directory, for whoever removes that. `take` hears each
    event as it comes. Raises `Blocked` where the command cannot be begun.
    """
    beside = Path(job["private_data_dir"]).parent
    with (beside / "sent").open("wb") as stream:
        runner.run(**job, streamer="transmit", _output=stream)
    with (beside / "sent").open("rb") as sent, (beside / "said").open("wb") as errors:
        begun = _begin(command, sent, errors)
    with begun, ThreadPoolExecutor(1, "relay") as aside:
        try:
            reading = aside.submit(_processed, runner, beside / "back", begun.stdout, take)
            cut_short = _awaited(reading, stopped, limit_s)
        finally:
            code = _end(begun, asked=reading.done())
        status = cut_short or reading.result()
    if cut_short or not code:
        return status
    return f"{command[0]} ended with {code}: {_last(beside / 'said')}"


def _begin(command: Sequence[str], sent: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """The command in a process group of its own. It finds what is installed beside this program."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    try:
        return subprocess.Popen(
            command,
            stdin=sent,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PATH": path},
            start_new_session=True,
        )
    except OSError as error:
        raise Blocked(
            f"the command of [hosts] via cannot be run: {command[0]}: {error.strerror}",
            'such as via = ["ansible-runner", "worker"], or one that reaches a worker elsewhere',
        ) from error


def _processed(runner: Any, back: Path, answers: IO[bytes] | None, take: Take) -> str:
    """Take the worker's stream; what is no such stream is an error."""
    back.mkdir()
    try:
        ended = runner.run(
            private_data_dir=str(back),
            streamer="process",
            _input=answers,
            event_handler=take,
            quiet=True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError, zipfile.BadZipFile) as error:
        return f"its stream is none of ansible-runner: {error}"
    return str(ended.status)


def _awaited(reading: Future[str], stopped: Callable[[], bool], limit_s: float) -> str:
    """Wait for the end of the stream; why not any longer, if so. Raises what `stopped` raises."""
    ends = time.monotonic() + limit_s
    while not wait([reading], timeout=HOST_RELAY_POLL_SECONDS).done:
        if stopped():
            return "canceled"
        if time.monotonic() > ends:
            return "timeout"
    return ""


def _end(begun: subprocess.Popen[bytes], *, asked: bool) -> int:
    """Have the command end, and whatever it began, and tell its code.

    One that has said all is given time; another is asked as Ctrl-C would, since a worker then ends
    its own run. What is left is killed.
    """
    if not asked:
        _signal(begun, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        begun.wait(HOST_RELAY_END_SECONDS)
    _signal(begun, signal.SIGKILL)
    return begun.wait()


def _signal(begun: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(begun.pid, number)


def _last(said: Path) -> str:
    """The last line of what the command said, as much of it as fits a status."""
    lines = said.read_text(errors="replace").split("\n")
    told = [" ".join(line.split()) for line in lines if line.strip()]
    return told[-1][:HOST_SILENCE_CHARACTERS] if told else "nothing"
