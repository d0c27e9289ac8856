"""``wardbeat alerts export``, on a real Redis."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, run
from tests.support.two_alerts import MEDIUM, store_comment
from wardbeat.cli.alerts.acknowledge import command as acknowledge
from wardbeat.cli.alerts.export import command
from wardbeat.errors import UnknownBedError


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
    store_comment(ward, MEDIUM, by="=AB", text="x")  # as an earlier version took them
    (row,) = csv.DictReader(run(command, "--stream", "bed-2").output.splitlines())
    assert row["comments"] == "'=AB: x"


@pytest.mark.slow
def test_alerts_are_exported_as_json_lines(ward: str) -> None:
    lines = run(command, "--format", "jsonl", "--stream", "bed-2").output.splitlines()
    (exported,) = map(json.loads, lines)
    assert exported["alert"]["alert_id"] == MEDIUM.alert_id
    assert [entry["act"] for entry in exported["history"]] == ["raised"]


@pytest.mark.parametrize(
    ("since", "reason"),
    [("yesterday", "neither a time"), ("8 h", "neither a time"), ("h", "neither a time"), ("2999-01-01", "to come")],
)
def test_since_is_a_time_in_the_past_or_an_age(since: str, reason: str) -> None:
    result = run(command, "--since", since)
    assert result.exit_code == 2
    assert reason in result.output


@pytest.mark.slow
def test_a_misspelt_bed_is_an_error_that_names_the_beds(ward: str, tmp_path: Path) -> None:
    out = tmp_path / "alerts.csv"
    error = run(command, "--stream", "bed2", "--out", str(out)).exception
    assert isinstance(error, UnknownBedError)
    assert "the closest names first: bed-2, bed-1" in str(error)
    assert not out.exists()


def test_a_missing_folder_is_named_before_anything_is_read(tmp_path: Path) -> None:
    result = run(command, "--out", str(tmp_path / "MISSING" / "x.csv"))
    assert result.exit_code == 2
    assert "there is no folder" in result.output


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_line(ward: str, wardbeat: CommandLine) -> None:
    ended = wardbeat("alerts", "export", "--out", "/dev/full")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "No space left" in ended.err
