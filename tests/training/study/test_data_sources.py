"""The data sets of a task are named with their hash."""

from pathlib import Path

import numpy as np

from tests.support.toy_task import ToyTask
from training.study.data_sources import CITATIONS, data_sources, folder_sha256
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
