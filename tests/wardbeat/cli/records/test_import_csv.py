"""``wardbeat records import``."""

import json
from pathlib import Path

import numpy as np

from tests.support.command_line import CommandLine
from tests.support.uploads import csv_bytes
from wardbeat.ecg.io.records import open_record, read_mv

SIGNAL = np.sin(np.arange(1000) / 20)


def test_a_csv_becomes_a_record_that_other_commands_read(wardbeat: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "my ECG (1).csv").write_bytes(csv_bytes(["II", "V1"], np.stack([SIGNAL, -SIGNAL], axis=1)))
    result = wardbeat("records", "import", tmp_path / "my ECG (1).csv", "--to", tmp_path / "out", "--rate", "250")
    assert result.code == 0
    assert "my_ECG__1_" in result.out
    assert f"1 records in {tmp_path / 'out'}; `wardbeat records check" in result.out
    record = open_record(tmp_path / "out" / "my_ECG__1_")
    assert (record.fs, record.sig_name) == (250.0, ("II", "V1"))
    assert np.allclose(read_mv(record, 0, 1000), [SIGNAL, -SIGNAL], atol=6e-4)
    assert wardbeat("records", "check", tmp_path / "out").code == 0


def test_a_column_of_times_needs_no_rate(wardbeat: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        csv_bytes(["time", "II (uV)"], np.stack([np.arange(1000) / 500, SIGNAL * 1000], axis=1))
    )
    result = wardbeat("records", "import", tmp_path / "a.csv", "--to", tmp_path, "--json")
    (row,) = json.loads(result.out)["records"]
    assert (row["record"], row["fs"], row["leads"], row["duration_s"]) == ("a", 500.0, ["II"], 2.0)


def test_without_a_rate_the_message_names_file_and_option(wardbeat: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"II\n0.1\n0.2\n")
    result = wardbeat("records", "import", tmp_path / "a.csv", "--to", tmp_path)
    assert result.code == 2
    assert "a.csv: the CSV has no time column; state its sampling rate (`--rate`" in result.err


def test_a_rate_that_is_no_number_is_refused(wardbeat: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"II\n0.1\n0.2\n")
    for rate in ("nan", "inf", "0", "x", "10"):
        assert wardbeat("records", "import", tmp_path / "a.csv", "--to", tmp_path, "--rate", rate).code == 2
    assert not (tmp_path / "a.hea").exists()
