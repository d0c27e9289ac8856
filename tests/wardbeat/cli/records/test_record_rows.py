"""The rows of records that the commands print."""

from pathlib import Path

import pytest

from tests.support.records_on_disk import write_raw
from wardbeat.cli.records.record_rows import print_rows, record_rows
from wardbeat.ecg.selection.wanted import WantedLeads
from wardbeat.errors import RecordError


def test_a_row_has_the_header_and_with_samples_the_valid_proportion(folder: Path) -> None:
    (row,) = record_rows(folder, (), WantedLeads(), read_samples=False)
    assert (row["record"], row["fs"], row["leads"], row["duration_s"]) == ("good", 250.0, ("II", "V5"), 20.0)
    assert "valid" not in row
    (row,) = record_rows(folder, ("good",), WantedLeads(), read_samples=True)
    assert row["valid"] == 0.95


def test_a_damaged_record_is_a_row_with_its_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_raw(folder, "bad 1 250 100\nbad.dat 16 200 16 0 0 0 0 II\n", bytes(10), name="bad")
    rows = list(record_rows(folder, (), WantedLeads(), read_samples=True))
    assert [bool(row["problem"]) for row in rows] == [True, False]
    print_rows(rows, as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == "2 records, 1 with a problem"


def test_an_unknown_record_is_refused(folder: Path) -> None:
    with pytest.raises(RecordError, match="no record 'other'"):
        record_rows(folder, ("other",), WantedLeads(), read_samples=False)
