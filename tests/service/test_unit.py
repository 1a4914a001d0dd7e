"""The unit that `service install` writes, judged by systemd's own tools."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from controller.unit import Choices, problem, unit_text
from tests.cli.terminal import germline

EXPOSURE_AT_MOST = 3.0
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze judges units"
)


def choices(user: str = "germline", **other: object) -> Choices:
    given = {"name": "lab", "genome": Path("/srv/lab"), "program": ("/usr/bin/true",), **other}
    return Choices(user=user, **given)  # type: ignore[arg-type]


def judged(folder: Path, text: str, *command: str) -> str:
    unit = folder / "germline-lab.service"
    unit.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", *command, str(unit)], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@needs_systemd
def test_an_ordinary_users_service_exposes_little(tmp_path: Path) -> None:
    told = judged(tmp_path, unit_text(choices()), "security", "--offline=true", "--no-pager")
    found = re.search(r"Overall exposure level.*: ([\d.]+)", told)
    assert found is not None, told
    assert float(found[1]) <= EXPOSURE_AT_MOST


@needs_systemd
@pytest.mark.parametrize("user", ["daemon", "root"])
def test_systemd_understands_every_line(tmp_path: Path, user: str) -> None:
    secret = ("germline-master-key", Path("/etc/germline/key"))
    text = unit_text(choices(user, credentials=(secret,)))
    told = judged(tmp_path, text, "verify", "--man=no")
    assert "germline-lab" not in told, told
    assert "LoadCredential=germline-master-key:/etc/germline/key" in text


def test_root_keeps_the_rights_that_worlds_of_this_kernel_need_and_no_others() -> None:
    line = next(s for s in unit_text(choices("root")).splitlines() if "BoundingSet" in s)
    rights = set(line.partition("=")[2].split())
    assert {"CAP_NET_ADMIN", "CAP_SYS_ADMIN"} <= rights
    assert not rights & {"CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_SYS_BOOT", "CAP_SYS_RAWIO"}
    ordinary = unit_text(choices())
    assert "CapabilityBoundingSet=\n" in ordinary


def test_homes_are_seen_only_where_the_genome_lies_in_one() -> None:
    assert "ProtectHome=yes" in unit_text(choices())
    assert "ProtectHome=read-only" in unit_text(choices(genome=Path("/home/ana/genome")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../x"},
        {"name": "Lab"},
        {"name": ""},
        {"genome": Path("/srv/100%")},
        {"genome": Path("/srv/a\nExecStartPre=/bin/false")},
        {"program": ('/opt/"germline"',)},
        {"credentials": (("key", Path("/etc/%n")),)},
    ],
)
def test_nothing_slips_into_a_unit(wrong: dict[str, object]) -> None:
    assert problem(choices(**wrong)) is not None  # type: ignore[arg-type]


def test_install_writes_a_unit_and_uninstall_takes_it_away(tmp_path: Path) -> None:
    genome, units = tmp_path / "lab", tmp_path / "units"
    germline("init", str(genome))
    shown = germline("service", "install", "--print", at=genome)
    assert shown.code == 0, shown.err
    assert not units.exists()
    done = germline("service", "install", "--unit-dir", str(units), at=genome)
    assert done.code == 0, done.err
    assert (units / "germline-lab.service").read_text() == shown.out
    assert f"-C {genome} controller --listen unix:/run/germline-lab/metrics.sock" in shown.out
    gone = germline("service", "uninstall", "--unit-dir", str(units), at=genome)
    assert gone.code == 0, gone.err
    assert list(units.iterdir()) == []
    again = germline("service", "uninstall", "--unit-dir", str(units), at=genome)
    assert again.code == 1
    assert "Hint: units: none" in again.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--user", "nobody-of-that-name"), "there is no user"),
        (("--name", "a b"), "no name for a unit"),
        (("--credential", "key"), "is no credential"),
        (("--credential", "key=/nowhere/at/all"), "there is no /nowhere/at/all"),
    ],
)
def test_what_no_service_can_run_with_is_refused_before_anything_is_written(
    tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    genome, units = tmp_path / "lab", tmp_path / "units"
    germline("init", str(genome))
    said = germline("service", "install", "--unit-dir", str(units), *options, at=genome)
    assert said.code == 1
    assert reason in said.err
    assert not units.exists()
