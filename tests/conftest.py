"""What the whole suite shares: which tests this machine can run, and that CI skips none."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from controller.adapters.twin.kernel import DIRECTORY, built_kernel
from controller.adapters.twin.world import Twin
from controller.ports import Unavailable
from tests.booted import machine


def pytest_configure() -> None:
    """Begun in the background of a shell, the suite would have every child ignore Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of real namespaces need root; elsewhere they are skipped and say so."""
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root") is not None:
            item.add_marker(pytest.mark.skip(reason="needs root: it makes network namespaces"))


@pytest.fixture(scope="session")
def twin_kernel() -> Path:
    """The twin's kernel. Tests that need it are skipped where none is built, and say so."""
    try:
        return built_kernel()
    except Unavailable as absent:
        pytest.skip(f"{NO_TWIN}{absent.reason}; {absent.hint}")


@pytest.fixture(scope="session")
def twin(twin_kernel: Path) -> Iterator[Twin]:
    """A machine for all tests that need worlds in one."""
    with closing(Twin(lambda: twin_kernel)) as made:
        yield made


NO_TWIN = "needs a twin: "
NO_BOOTED_HOST = "needs a host to boot: "
_BUILT = {NO_TWIN: DIRECTORY, NO_BOOTED_HOST: machine.DIRECTORY}
"""What takes minutes to build, and the variable by which a machine that has it says where."""
NO_OLDER_PYTHON = "needs a Python 3."
"""Debian has one Python; whoever has others, of pyenv or on the path, tries them too."""
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "no reason"
        if NO_OLDER_PYTHON in reason:
            return
        for need, variable in _BUILT.items():
            if need in reason and not os.environ.get(variable):
                return
        _skipped.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Under CI a skipped test is a failure that names what was missing."""
    if os.environ.get("CI") == "true" and _skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name them."""
    if os.environ.get("CI") == "true":
        for line in _skipped:
            terminalreporter.write_line(f"CI must not skip {line}", red=True)
