"""The unit that `service install` writes, under the systemd of a host that it booted."""

from __future__ import annotations

import base64
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from controller.domains.network.scenario import draw
from tests.booted.machine import Booted
from tests.booted.service import LOCUS, Service, eventually
from tests.service.test_unit import EXPOSURE_AT_MOST

pytestmark = pytest.mark.root

FORGE = """
import http.server, sys
class Recorder(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[1], "a") as heard:
            heard.write(f"{self.path} {self.headers.get('Authorization')}\\n")
        self.send_response(503)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8899), Recorder).serve_forever()
"""
"""A forge that is never well, and remembers who asked."""

URL = "http://127.0.0.1:8899"
FORGE_CONFIG = f"""
[forge]
kind = "forgejo"
url = "{URL}"
project = "ana/lab"
"""


def passes(service: Service) -> float:
    """How many it has made since its start."""
    families = text_string_to_metric_families(service.answered("/metrics")[1])
    return next(f.samples[0].value for f in families if f.name == "germline_passes")


def test_it_is_active_once_its_first_pass_is_over_and_says_how_it_is(service: Service) -> None:
    service.install()
    assert service.host.show(service.unit, "ActiveState") == "active"
    assert service.host.show(service.unit, "StatusText") == "1 events, 0 gaps"
    assert service.host.show(service.unit, "UnitFileState") == "enabled"
    assert service.answered("/readyz") == (200, "ok\n")
    assert passes(service) >= 1


def test_a_reload_ends_when_a_pass_has_read_all_again(service: Service) -> None:
    service.install()
    before, pid = passes(service), service.pid
    service.systemctl("reload")
    assert passes(service) > before
    assert service.pid == pid
    assert service.host.show(service.unit, "ActiveState") == "active"


def test_the_journal_knows_how_much_each_line_matters(service: Service) -> None:
    service.install()
    lines = service.host.journal(service.unit, "-o", "json", "_TRANSPORT=stdout").splitlines()
    said = {(one["PRIORITY"], one["MESSAGE"]) for one in map(json.loads, lines)}
    assert ("6", f"The controller works on {service.genome}. Ctrl-C stops it.") in said
    assert not any(message.startswith("<") for _, message in said)
    assert not any("Landlock" in message for _, message in said)


def test_it_exposes_as_little_as_was_said_where_it_runs(service: Service) -> None:
    service.install()
    told = service.host.run("systemd-analyze", "security", "--no-pager", service.unit)
    found = re.search(r"Overall exposure level.*: ([\d.]+)", told)
    assert found is not None, told
    assert float(found[1]) <= EXPOSURE_AT_MOST


def test_it_has_a_place_of_its_own_and_sees_nobodys_home(service: Service) -> None:
    service.install()
    inside = service.host.path(f"/proc/{service.pid}/root")
    environment = service.host.run("cat", f"/proc/{service.pid}/environ").split("\0")
    assert "HOME=/var/lib/germline-lab" in environment
    state = service.host.run("stat", "--format=%U %a", "/var/lib/germline-lab").split()
    assert state == ["keeper", "700"]
    with pytest.raises(OSError, match=r"Read-only|Permission"):
        (inside / "etc" / "written").touch()
    homes = service.host.run("nsenter", "-t", service.pid, "-m", "stat", "--format=%a", "/home")
    assert homes.strip() == "0"


def test_a_secret_that_systemd_hands_in_is_used_and_nobody_else_can_read_it(
    service: Service,
) -> None:
    host = service.host
    secret = host.path("/etc/germline-token")
    secret.write_text("s3cret-token\n")
    secret.chmod(0o600)
    config = service.file("germline.toml")
    config.write_text(config.read_text() + FORGE_CONFIG)
    person = ("-c", "user.name=Ana", "-c", "user.email=ana@x.invalid")
    git = ("git", *person, "-C", service.genome)
    host.run(*git, "commit", "-qam", "a forge", user=service.user)
    host.run(*git, "remote", "add", "origin", f"{URL}/ana/lab.git", user=service.user)
    forge = ("systemd-run", "--unit=forge", "--quiet", "python3", "-c", FORGE, "/run/heard")
    host.run(*forge)
    try:
        service.install("--credential", "germline-forge-token=/etc/germline-token")
        heard = host.path("/run/heard")
        eventually(heard.exists, "the forge is asked")
        basic = base64.b64encode(b"germline:s3cret-token").decode()
        assert f"Basic {basic}" in heard.read_text() or "s3cret-token" in heard.read_text()
        assert "s3cret-token" not in host.journal(service.unit)
        assert "s3cret-token" not in host.run("systemctl", "show", service.unit)
        place = f"/run/credentials/{service.unit}"
        assert host.run("stat", "--format=%U", place, check=False).strip() in ("keeper", "root")
        assert "ermission denied" in host.run("ls", place, user="daemon", check=False)
    finally:
        host.run("systemctl", "stop", "forge")


def test_a_second_controller_on_the_clone_is_refused_by_name_of_the_first(
    service: Service,
) -> None:
    service.install()
    told = service.germline("controller", "--once", check=False)
    assert f"Error: another controller works on this clone (process {service.pid})" in told
    assert "Hint: stop it first" in told
    assert service.host.show(service.unit, "NRestarts") == "0"


def test_whoever_asks_hears_of_it_to_its_end_while_the_service_does_the_work(
    service: Service,
) -> None:
    service.install()
    values = json.dumps(draw(0).input)
    told = service.germline("express", LOCUS, "--input", values, "--on", "simulated")
    assert "was merged as" in told
    assert "the change was confirmed" in told


def test_it_is_there_again_after_a_reboot(service: Service) -> None:
    service.install()
    service.host.reboot()
    eventually(lambda: service.host.show(service.unit, "ActiveState") == "active", "it is up again")
    assert service.answered("/healthz")[0] == 200


def test_uninstall_stops_it_and_leaves_the_genome(service: Service) -> None:
    service.install()
    service.germline("service", "uninstall", user="root")
    assert service.host.show(service.unit, "LoadState") == "not-found"
    assert service.germline("events", "verify")


def test_a_program_that_its_user_may_not_run_is_refused_before_anything_is_written(
    service: Service, host: Booted
) -> None:
    host.run("chmod", "700", "/opt/germline")
    try:
        told = service.germline("service", "install", user="root", check=False)
    finally:
        host.run("chmod", "755", "/opt/germline")
    assert "Error: keeper cannot" in told
    assert not host.path(f"/etc/systemd/system/{service.unit}").exists()


def test_nothing_that_root_leaves_in_a_genome_keeps_its_owner_out(service: Service) -> None:
    service.install()
    strangers = service.host.run("find", service.genome, "!", "-user", service.user)
    assert strangers == ""
