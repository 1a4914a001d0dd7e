"""A host that its own systemd boots, on its own root file system: `booted` makes one.

    this process ─► setpriv ─► unshare (mounts, processes) ─► sh ─► systemd-nspawn ─► PID 1
                    dies with us                               again at each reboot

The root is an overlay over a Debian that `make booted` made once; Germline is in /opt/germline,
read-only, as an installation would put it there. Nothing of this machine's own root, network or
processes is within reach, and everything ends with the `with`, or with this process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DIRECTORY = "GERMLINE_BOOTED"
"""The environment's variable for another place than the user's cache."""
RECIPE = Path(__file__).with_name("root.sh")
SOURCE = Path(__file__).parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
COMMAND_SECONDS = 120.0
_POLL_SECONDS = 0.05
_REBOOT_STATUS = 133
_AGAIN = "boot-again"
_GROUPS = ("systemd", "unified", "memory", "pids", "cpu,cpuacct", "cpu")
_UP = ("running", "degraded")
_LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
"""What a machine allows and nspawn's own filter does not know yet."""
PYTHON = "/opt/germline/bin/python"
GERMLINE = "/opt/germline/bin/germline"

_SUPERVISOR = f"""
set -e
for group in $3; do echo 0 > "$group/cgroup.procs"; done
mount --bind "$1/root" "$1/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd
again="$1/{_AGAIN}"
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
shift 3
while :; do
  status=0
  "$@" </dev/null || status=$?
  [ $status = {_REBOOT_STATUS} ] || rm "$again" || exit $status
done
"""
"""nspawn cleans /run, so it gets one of its own; /sys stays read-only but for the network's, or
NetworkManager would wait for udev. It exits with 133 when its host asks for a reboot."""


def root_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Where `make booted` puts what its recipe makes, whether it is there or not."""
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = Path(environment.get(DIRECTORY) or cache / "germline" / "booted")
    return place / hashlib.sha256(RECIPE.read_bytes()).hexdigest()[:16]


def missing() -> str | None:
    """Why no host can be booted here."""
    if not (root_directory() / "usr/bin/systemctl").exists():
        return f"there is no {root_directory()}; `make booted` makes it once, in a minute or two"
    if shutil.which("systemd-nspawn") is None:
        return "systemd-nspawn is not installed (systemd-container)"
    if sys.version_info[:2] != (3, 11):
        return "Debian 12 has Python 3.11, and this environment's packages are for another"
    return None


@dataclass(frozen=True, slots=True)
class Booted:
    """A host that is up. `folder` holds its root, as it is seen from inside of the supervisor."""

    name: str
    folder: Path
    supervisor: subprocess.Popen[bytes]

    @property
    def leader(self) -> int:
        """Its PID 1, by its number here. Raises `AssertionError` while there is none."""
        pid = self.supervisor.pid
        for program in ("sh", "systemd-nspawn", "systemd"):
            found = [one for one in _children(pid) if _program(one) == program]
            assert found, f"{self.name} runs no {program}: {self.log()}"
            pid = found[0]
        return pid

    def log(self) -> str:
        """What nspawn and the host's console said."""
        return (self.folder / "console.log").read_text(errors="replace")[-4000:]

    def path(self, inside: str) -> Path:
        """A file of the host, from here."""
        return Path(f"/proc/{self.leader}/root") / inside.lstrip("/")

    def start(self, *command: str, user: str = "root", **options: object) -> subprocess.Popen[str]:
        """Begin a command on the host. `options` are those of `subprocess.Popen`."""
        environment = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8")
        # util-linux has no way to enter by one call that is not given all its namespaces
        inside = ("nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n", "-p", "-C", "--")
        become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
        become += ("--pdeathsig", "KILL")  # so that it ends with nsenter, which we can end
        given: dict[str, object] = {"text": True, "stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen([*inside, *environment, *become, *command], **given)  # type: ignore[call-overload,no-any-return]

    def run(self, *command: str, user: str = "root", check: bool = True) -> str:
        """What a command on the host said; unless `check` is false it has to end well."""
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = self.start(*command, user=user, **piped)
        try:
            out, err = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{command} took too long: {out}{err}") from None
        assert not check or process.returncode == 0, f"{command}: {out}{err}"
        return f"{out}{err}" if not check else str(out)

    def show(self, unit: str, name: str) -> str:
        """One property of a unit (systemctl(1), `show`)."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit: str, *options: str) -> str:
        """What a unit said."""
        return self.run("journalctl", "--no-pager", "-u", unit, *options)

    def reboot(self) -> None:
        """Reboot in place, and return when it is up again."""
        before = self.leader
        self.run("systemctl", "reboot", check=False)
        _until(lambda: not Path(f"/proc/{before}").exists(), self, STOP_SECONDS)
        self.wait_until_up()

    def power_cut(self) -> None:
        """End every process at once, as a loss of power does, and boot again."""
        before = self.leader
        (self.folder / _AGAIN).touch()
        os.kill(before, signal.SIGKILL)
        _until(lambda: not Path(f"/proc/{before}").exists(), self, STOP_SECONDS)
        self.wait_until_up()

    def wait_until_up(self) -> None:
        """Return when systemd has started what it starts."""
        _until(self._is_up, self, START_SECONDS)

    def stop(self) -> None:
        """Power off in order; harmless if it is off."""
        with suppress(AssertionError):
            self.run("systemctl", "poweroff", check=False)
        try:
            self.supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.supervisor.kill()
            self.supervisor.wait()

    def _is_up(self) -> bool:
        with suppress(AssertionError):
            return self.run("systemctl", "is-system-running", check=False).strip() in _UP
        return False


@contextmanager
def booted(folder: Path, name: str) -> Iterator[Booted]:
    """Boot a host whose changes are kept below `folder`. `name` is its host name."""
    groups = [place / f"{name}-{os.getpid()}" for place in _cgroups()]
    for part in ("root", "upper", "work"):
        (folder / part).mkdir(parents=True)
    _install(folder / "upper" / "opt" / "germline")
    host = Booted(name, folder, _supervised(folder, name, groups))
    try:
        host.wait_until_up()
        yield host
    finally:
        host.supervisor.kill()
        host.supervisor.wait()
        for group in groups:
            _remove(group)


def _install(place: Path) -> None:
    """A virtual environment with this one's packages and this very source."""
    (place / "bin").mkdir(parents=True)
    site = place / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    for mounted in ("packages", "source"):
        (place / mounted).mkdir()
    (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (place / "bin/python").symlink_to("/usr/bin/python3.11")
    (site / "germline.pth").write_text("/opt/germline/packages\n/opt/germline/source\n")
    program = place / "bin/germline"
    program.write_text(
        f"#!{PYTHON}\nimport sys\nfrom controller.cli import main\nsys.exit(main())\n"
    )
    program.chmod(0o755)


def _supervised(folder: Path, name: str, groups: list[Path]) -> subprocess.Popen[bytes]:
    packages = Path(str(sys.modules["pytest"].__file__)).parents[1]
    nspawn = ("systemd-nspawn", "--quiet", "--boot", f"--directory={folder / 'root'}")
    nspawn += ("--register=no", "--keep-unit", f"--machine={name}", f"--hostname={name}")
    nspawn += ("--link-journal=no", "--console=pipe", "--resolv-conf=off", "--timezone=off")
    nspawn += ("--private-network", f"--bind-ro={packages}:/opt/germline/packages")
    nspawn += (f"--bind-ro={SOURCE}:/opt/germline/source", f"--system-call-filter={_LANDLOCK}")
    alone = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private")
    alone += ("--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", _SUPERVISOR, "sh")

    for group in groups:
        group.mkdir()
    with (folder / "console.log").open("wb") as log:
        return subprocess.Popen(
            [*alone, str(folder), str(root_directory()), " ".join(map(str, groups)), *nspawn],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _cgroups() -> list[Path]:
    """Where the host gets groups of its own, or it would share ours (cgroups(7))."""
    mount = Path("/sys/fs/cgroup")
    if (mount / "cgroup.controllers").exists():
        return [mount]
    found = {(mount / name).resolve() for name in _GROUPS if (mount / name).is_dir()}
    return sorted(found)


def _remove(group: Path) -> None:
    """Remove a group and those that the host made in it, once their processes are gone."""
    deadline = time.monotonic() + STOP_SECONDS
    while group.exists() and time.monotonic() < deadline:
        for inner in sorted(group.rglob("*/"), reverse=True):
            with suppress(OSError):
                inner.rmdir()
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(_POLL_SECONDS)


def _children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.parent.name))
    return sorted(found)


def _program(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/exe").readlink().name.replace("dash", "sh")
    return ""


def _until(holds: Callable[[], bool], host: Booted, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{host.name} does not get there: {host.log()}"
        assert host.supervisor.poll() is None, f"{host.name} is off: {host.log()}"
        time.sleep(_POLL_SECONDS)
