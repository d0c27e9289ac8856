"""A result names its data sets with their hash, and how it was made."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.toy_task import ToyTask
from training.study.origin import (
    CITATIONS,
    SPENT,
    commit,
    data_sources,
    folder_sha256,
    run_facts,
    time_spent,
)
from training.study.task import Rows


class TwoSets(ToyTask):
    data_sets = ("mitdb", "mine")


def test_records_patients_and_hash_are_those_of_the_folder(tmp_path: Path) -> None:
    for name in ("mitdb/100.hea", "mitdb/201.hea", "mitdb/202.hea", "mine/a.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    names = np.array(["100", "201", "202", "x"])
    rows = Rows({}, np.zeros((4, 3), np.float32), names, np.array(["100", "201", "201", "x"]))
    mitdb, mine = data_sources(TwoSets(), tmp_path, {"test": rows})
    assert (mitdb.records, mitdb.patients, mitdb.sha256) == (3, 2, folder_sha256(tmp_path / "mitdb"))
    assert mitdb.source == CITATIONS["mitdb"][1]
    assert (mine.records, mine.source) == (4, "")


def test_the_hash_changes_with_a_name_and_with_a_byte(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = folder_sha256(tmp_path)
    (tmp_path / "a").write_text("2")
    second = folder_sha256(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, folder_sha256(tmp_path)}) == 3


def test_a_run_is_described_by_its_commit_its_versions_and_its_time() -> None:
    facts = run_facts("wardbeat compare", [0, 1], 5.04)
    assert facts.seeds == [0, 1]
    assert facts.took_s == 5.0
    assert facts.libraries["numpy"] == np.__version__
    assert facts.peak_memory_mb is not None
    assert 10 < facts.peak_memory_mb < 100_000
    assert facts.commit == commit()


def test_the_time_of_an_interrupted_run_counts(tmp_path: Path) -> None:
    (tmp_path / SPENT).write_text("3600.0")
    with pytest.raises(KeyboardInterrupt), time_spent(tmp_path):
        raise KeyboardInterrupt
    with time_spent(tmp_path) as spent_s:
        assert 3600 <= spent_s() < 3660
    assert [file.name for file in tmp_path.iterdir()] == [SPENT]
