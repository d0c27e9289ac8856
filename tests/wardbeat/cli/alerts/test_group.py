"""Alerts from a terminal, on a real Redis."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.support.samples import make_alert
from wardbeat.cli.alerts.group import command
from wardbeat.contracts.messages import Alert
from wardbeat.errors import AlertActionError, StoreError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.usefixtures("fresh_settings")
HIGH, MEDIUM = make_alert("asystole"), make_alert("pause", stream_id="bed-2")


@pytest.fixture
def ward(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two alerts, both active."""
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    tell(redis_server, HIGH)
    tell(redis_server, MEDIUM)
    return redis_server


def tell(url: str, alert: Alert) -> None:
    async def run() -> None:
        redis = connect(url)
        await AlertStore(redis).take(alert)
        await redis.aclose()

    asyncio.run(run())


def alerts(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def as_json(*arguments: str) -> Any:
    result = alerts(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output.splitlines()[-1])


def test_a_redis_that_is_not_there_is_named() -> None:
    error = alerts("list").exception
    assert isinstance(error, StoreError)
    assert "WARDBEAT_REDIS_URL" in str(error)


@pytest.mark.slow
def test_open_alerts_are_listed_in_plain_words(ward: str) -> None:
    lines = alerts("list").output.splitlines()
    assert len(lines) == 3
    assert "Asystole" in lines[1]
    assert HIGH.alert_id in lines[1]
    assert "bed-2" in lines[2]
    assert [record["alert"]["code"] for record in as_json("list")["alerts"]] == ["asystole", "pause"]
    assert [record["alert"]["code"] for record in as_json("list", "--stream", "bed-2")["alerts"]] == ["pause"]


@pytest.mark.slow
def test_an_alert_is_seen_and_closed_under_initials(ward: str) -> None:
    assert as_json("ack", HIGH.alert_id, "--by", "AB")["acknowledged_by"] == "AB"
    refused = alerts("resolve", HIGH.alert_id, "--by", "CD").exception
    assert isinstance(refused, AlertActionError)
    tell(ward, msgspec.structs.replace(MEDIUM, ended_sample=5000))
    assert "resolved" in alerts("show", MEDIUM.alert_id).output
    tell(ward, msgspec.structs.replace(HIGH, ended_sample=5000))
    shown = alerts("show", HIGH.alert_id).output
    assert "seen by  AB" in shown
    assert "RR interval: 3.2 s, threshold 3" in shown
    assert alerts("list").output == "No alerts.\n"


@pytest.mark.slow
def test_a_latched_alert_is_resolved_by_hand(ward: str) -> None:
    tell(ward, msgspec.structs.replace(HIGH, ended_sample=5000))
    assert as_json("show", HIGH.alert_id)["state"] == "ended"
    resolved = as_json("resolve", HIGH.alert_id, "--by", "CD")
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", "CD")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("show", "x"), ("ack", "x", "--by", "AB"), ("resolve", "x", "--by", "AB")])
def test_an_unknown_alert_is_named(ward: str, arguments: tuple[str, ...]) -> None:
    error = alerts(*arguments).exception
    assert isinstance(error, AlertActionError)
    assert "alert x: there is none with this id" in str(error)


@pytest.mark.slow
def test_what_is_shown_has_no_signals_and_tells_who_did_what(ward: str) -> None:
    assert alerts("ack", HIGH.alert_id, "--by", "AB", "--comment", "lead V5 was loose").exit_code == 0
    shown = as_json("show", HIGH.alert_id)
    assert not {"strip", "reconstruction", "residual"} & set(shown["alert"]["evidence"])
    assert [(entry["act"], entry["by"]) for entry in shown["history"]] == [
        ("raised", "monitor"), ("acknowledged", "AB"), ("commented", "AB"),
    ]  # fmt: skip
    lines = alerts("show", HIGH.alert_id).output
    assert "comment  AB: lead V5 was loose" in lines
    assert lines.splitlines()[-1].endswith("commented     AB         lead V5 was loose")


@pytest.mark.slow
def test_alerts_are_exported_as_a_table_with_what_happened_to_them(ward: str, tmp_path: Path) -> None:
    alerts("ack", MEDIUM.alert_id, "--by", "AB", "--comment", "=SUM(1)")
    out = tmp_path / "alerts.csv"
    assert alerts("export", "--since", "1h", "--out", str(out)).output == f"2 alerts in {out}\n"
    with out.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["code"], first["words"], first["acknowledged_by"]) == ("asystole", "Asystole", "")
    assert (second["stream_id"], second["acknowledged_by"], second["comments"]) == ("bed-2", "AB", "AB: =SUM(1)")
    assert [part.split()[1:3] for part in second["history"].split("; ")] == [
        ["raised", "monitor"], ["acknowledged", "AB"], ["commented", "AB"],
    ]  # fmt: skip


@pytest.mark.slow
def test_alerts_are_exported_as_json_lines(ward: str) -> None:
    lines = alerts("export", "--format", "jsonl", "--stream", "bed-2").output.splitlines()
    (exported,) = map(json.loads, lines)
    assert exported["alert"]["alert_id"] == MEDIUM.alert_id
    assert [entry["act"] for entry in exported["history"]] == ["raised"]
    assert alerts("export", "--format", "jsonl", "--since", "2999-01-01").output == ""


@pytest.mark.slow
def test_an_alert_that_only_a_newer_worker_knows_is_read_as_any_other(ward: str) -> None:
    tell(ward, msgspec.structs.replace(MEDIUM, alert_id="newer", code="torsade_de_pointes"))
    for arguments in (("list",), ("show", "newer"), ("export", "--stream", "bed-2")):
        result = alerts(*arguments)
        assert result.exit_code == 0, result.output
        assert "Torsade de pointes" in result.output


def test_since_is_a_time_or_an_age() -> None:
    for since in ("yesterday", "8 h", "h"):
        result = alerts("export", "--since", since)
        assert result.exit_code == 2
        assert "is neither a time" in result.output
