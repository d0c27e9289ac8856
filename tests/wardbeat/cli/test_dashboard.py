"""``wardbeat dashboard`` as a process. Its screens: tests/dashboard."""

import re
import socket
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.support.limits import WAIT_S
from wardbeat.cli.main import cli
from wardbeat.embedded.processes import Child, wait_until, wardbeat
from wardbeat.errors import SettingsError

ADDRESS = re.compile(r"Wardbeat's dashboard: (http://\S+)")


@pytest.mark.slow
def test_it_prints_its_address_serves_without_redis_and_ends_with_code_0(tmp_path: Path) -> None:
    variables = {"WARDBEAT_REDIS_URL": "redis://127.0.0.1:1/0", "WARDBEAT_DASHBOARD_PORT": "1"}
    command = wardbeat("dashboard", "--port", "0")
    with Child("dashboard", command, tmp_path, environment=variables) as dashboard:
        wait_until(
            "it prints its address", lambda: bool(ADDRESS.search(dashboard.out.read_text())), WAIT_S, [dashboard]
        )
        found = ADDRESS.search(dashboard.out.read_text())
        assert found is not None
        assert httpx.get(found[1]).status_code == 200
        assert httpx.get(f"{found[1]}healthz").json()["redis"] is False
        assert dashboard.stop(WAIT_S) == 0


def test_a_taken_port_is_named(fresh_settings: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(cli, ["dashboard", "--port", str(port)])
    assert isinstance(result.exception, SettingsError)
    assert f"127.0.0.1:{port}" in str(result.exception)


def test_a_port_out_of_range_is_a_usage_error() -> None:
    assert CliRunner().invoke(cli, ["dashboard", "--port", "70000"]).exit_code == 2
