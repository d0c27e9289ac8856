"""Folders are read in several processes; a broken record never costs the others."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.records_on_disk import counting, write_record
from training.explore.explore import explore, set_names
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.errors import RecordError


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    """Report nothing."""


def test_folders_of_one_name_have_different_names() -> None:
    names = set_names([Path("x/one"), Path("y/one"), Path("two")])
    assert list(names.values()) == ["x/one", "y/one", "two"]
    with pytest.raises(RecordError, match="given twice"):
        set_names([Path("x/one"), Path("x/../x/one")])


@pytest.mark.parametrize(("folder", "words"), [("nowhere", "no such folder"), ("empty", "no WFDB record")])
def test_a_folder_without_records_is_an_error(tmp_path: Path, folder: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match=words):
        explore([tmp_path / folder], 1, silent)


@pytest.mark.slow
def test_no_readable_record_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("no header\n")
    with pytest.raises(RecordError, match=r"none of its 1 records can be read, the first: .*a\.hea"):
        explore([tmp_path], 1, silent)


@pytest.mark.slow
def test_a_broken_record_is_a_row_and_a_copy_is_found(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_record(tmp_path, np.vstack([counting(1, 2500)] * 2), name="steps", sig_name=["I", "V1"])
    (tmp_path / "broken.hea").write_text("no header\n")
    with excerpts_folder() as folder:
        for suffix in ("hea", "dat", "atr"):
            (tmp_path / f"100.{suffix}").write_bytes((folder / f"100.{suffix}").read_bytes())
        found = explore([folder, tmp_path], 2, lambda stage, done, total, note="": steps.append((done, total)))
    mine = found.sets[1]
    assert [row.record for row in mine.rows] == ["100", "broken", "steps"]
    assert [row.problem is None for row in mine.rows] == [True, False, True]
    assert any("with a problem" in warning for warning in mine.warnings)
    (pair,) = found.duplicates.signals
    assert (pair.one.endswith("/100"), pair.other, pair.share) == (True, f"{tmp_path.name}/100", 1.0)
    assert steps[-1] == (3, 3)
