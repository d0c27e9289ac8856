import json

import pytest
from click.testing import CliRunner, Result

from wardbeat.cli.main import cli
from wardbeat.settings import settings


def doctor(*arguments: str) -> Result:
    settings.cache_clear()
    return CliRunner().invoke(cli, ["doctor", *arguments], catch_exceptions=False)


def test_a_setting_out_of_range_is_the_only_finding(fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_PARTITIONS", "0")
    result = doctor()
    assert result.exit_code == 1
    (line,) = result.output.splitlines()
    assert line.startswith("failed   settings   WARDBEAT_PARTITIONS: ")


@pytest.mark.slow
def test_a_healthy_ward_and_one_with_problems(
    ward_topics: str, redis_server: str, monkeypatch: pytest.MonkeyPatch, fresh_settings: None
) -> None:
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    result = doctor("--json")
    report = json.loads(result.output.splitlines()[-1])
    checks = {finding["check"]: finding["state"] for finding in report["findings"]}
    assert (result.exit_code, report["ok"]) == (0, True)
    assert set(checks) == {
        "settings",
        "kafka",
        "topics",
        "redis",
        "durability",
        "memory",
        "bundle",
        "uploads",
        "clock",
        "disk",
    }
    assert checks["topics"] == "warning"  # the topics of the tests have fewer partitions than the settings
    assert checks["bundle"] == "ok"

    monkeypatch.setenv("WARDBEAT_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("WARDBEAT_BUNDLE", "/nowhere")
    result = doctor()
    assert result.exit_code == 1
    failed = [line.split()[1] for line in result.output.splitlines() if line.startswith("failed")]
    assert failed == ["redis", "bundle"]
