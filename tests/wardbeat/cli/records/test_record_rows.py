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


def test_a_record_that_no_ward_takes_is_a_problem_though_it_can_be_read(folder: Path) -> None:
    write_raw(folder, "far 1 250 100\nfar.dat 16 200(9000000000)/mV 16 0 0 0 0 II\n", bytes(200), name="far")
    far, _ = record_rows(folder, (), WantedLeads(), read_samples=True)
    assert "far: no ward takes it, chunk of stream 'check': baselines are 32-bit integers" in far["problem"]
