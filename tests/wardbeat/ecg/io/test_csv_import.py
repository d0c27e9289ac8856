"""A CSV becomes a WFDB record with its values, or nothing is written."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.uploads import csv_bytes
from wardbeat.ecg.io.csv_import import import_csv
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import RecordError


def test_values_gaps_and_names_are_kept(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(-5, 5, (500, 2))
    values[7, 1] = np.nan
    (tmp_path / "患者1.csv").write_bytes(csv_bytes(["导联 II", "V"], values, ";"))
    path = import_csv(tmp_path / "患者1.csv", tmp_path / "new" / "folder", 360.5)
    record = open_record(path)
    assert (record.name, record.fs, record.sig_name) == ("患者1", 360.5, ("导联 II", "V"))
    assert np.allclose(read_mv(record, 0, 500), values.T, atol=6e-4, equal_nan=True)
    assert np.array_equal(np.isnan(read_mv(record, 0, 500)), np.isnan(values.T))


def test_a_range_of_40_mv_keeps_its_values_in_coarser_steps(tmp_path: Path) -> None:
    values = np.linspace(-40, 40, 500)[:, None]
    (tmp_path / "a.csv").write_bytes(csv_bytes(["II"], values))
    record = open_record(import_csv(tmp_path / "a.csv", tmp_path, 250))
    assert np.allclose(read_mv(record, 0, 500), values.T, atol=2e-3)


def test_a_record_that_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"II\n1\n2\n")
    import_csv(tmp_path / "a.csv", tmp_path, 250)
    (tmp_path / "a.csv").write_bytes(b"II\n1\n2\n3\n")
    with pytest.raises(RecordError, match=r"a\.hea: is there already; give another folder, or --overwrite"):
        import_csv(tmp_path / "a.csv", tmp_path, 250)
    assert open_record(import_csv(tmp_path / "a.csv", tmp_path, 250, overwrite=True)).n_samples == 3


@pytest.mark.parametrize(
    ("data", "rate_hz", "message"),
    [
        (b"II\n1\nx\n", 250, r"a\.csv: the CSV can't be read"),
        (b"II\n1\n2\n", 20, r"a\.csv: 50 to 4000 Hz and at most 16 leads are read, 20 Hz and 1 leads given"),
        (b"II\n1\n2\n", float("nan"), "nan Hz"),
    ],
)
def test_what_can_not_be_read_leaves_nothing_behind(tmp_path: Path, data: bytes, rate_hz: float, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(RecordError, match=message):
        import_csv(tmp_path / "a.csv", tmp_path / "out", rate_hz)
    assert not (tmp_path / "out").exists()


def test_a_file_or_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"a\.csv: can't be read \(No such file"):
        import_csv(tmp_path / "a.csv", tmp_path, 250)
    (tmp_path / "a.csv").write_bytes(b"II\n1\n2\n")
    with pytest.raises(RecordError, match=r"can't be written .*--to"):
        import_csv(tmp_path / "a.csv", tmp_path / "a.csv", 250)
