"""``wardbeat alerts export``, on a real Redis."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.command_line import run
from tests.support.two_alerts import MEDIUM
from wardbeat.cli.alerts.acknowledge import command as acknowledge
from wardbeat.cli.alerts.export import command


@pytest.mark.slow
def test_alerts_are_exported_as_a_table_with_their_history(ward: str, tmp_path: Path) -> None:
    run(acknowledge, MEDIUM.alert_id, "--by", "AB", "--comment", "=SUM(1)")
    out = tmp_path / "alerts.csv"
    assert run(command, "--since", "1h", "--out", str(out)).output == f"2 alerts in {out}\n"
    with out.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["code"], first["words"], first["acknowledged_by"]) == ("asystole", "Asystole", "")
    assert (second["stream_id"], second["acknowledged_by"], second["comments"]) == ("bed-2", "AB", "AB: =SUM(1)")
    assert [part.split()[1:3] for part in second["history"].split("; ")] == [
        ["raised", "monitor"], ["acknowledged", "AB"], ["commented", "AB"],
    ]  # fmt: skip


@pytest.mark.slow
def test_a_cell_that_a_spreadsheet_would_take_for_a_formula_gets_a_quote(ward: str) -> None:
    run(acknowledge, MEDIUM.alert_id, "--by", "=AB", "--comment", "x")
    (row,) = csv.DictReader(run(command, "--stream", "bed-2").output.splitlines())
    assert row["comments"] == "'=AB: x"


@pytest.mark.slow
def test_alerts_are_exported_as_json_lines(ward: str) -> None:
    lines = run(command, "--format", "jsonl", "--stream", "bed-2").output.splitlines()
    (exported,) = map(json.loads, lines)
    assert exported["alert"]["alert_id"] == MEDIUM.alert_id
    assert [entry["act"] for entry in exported["history"]] == ["raised"]
    assert run(command, "--format", "jsonl", "--since", "2999-01-01").output == ""


@pytest.mark.parametrize("since", ["yesterday", "8 h", "h"])
def test_since_is_a_time_or_an_age(since: str) -> None:
    result = run(command, "--since", since)
    assert result.exit_code == 2
    assert "is neither a time" in result.output
