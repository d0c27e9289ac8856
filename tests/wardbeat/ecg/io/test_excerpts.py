"""The shipped excerpts are complete, annotated and small, and name their source."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import find_records, open_record

NAMES = ["100", "119", "200", "203", "205", "207", "208", "232"]


def test_there_are_eight_excerpts_of_five_minutes() -> None:
    with excerpts_folder() as folder:
        paths = find_records(folder)
        assert [path.name for path in paths] == NAMES
        for path in paths:
            record = open_record(path)
            assert record.duration_s == 300
            assert record.sig_name[0] == "MLII"
            assert len(record.read(0, record.n_samples)[0]) == 108_000
            assert len(read_beats(path)) > 250
            assert read_rhythms(path)[0].sample <= 20


def test_the_excerpts_are_small_and_name_their_source() -> None:
    with excerpts_folder() as folder:
        assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000
        notice = (folder / "README.md").read_text()
    for needed in ("ODC-By 1.0", "10.1109/51.932724", "10.1161/01.CIR.101.23.e215", *NAMES):
        assert needed in notice


@pytest.mark.parametrize(("name", "start_s"), [("205", 1410), ("207", 0)])
def test_the_excerpts_have_the_original_samples_and_beats(shared_data: Path, name: str, start_s: int) -> None:
    start, stop = start_s * 360, (start_s + 300) * 360
    original = shared_data / "mitdb" / name
    with excerpts_folder() as folder:
        excerpt = open_record(folder / name)
        d_signal = wfdb.rdrecord(str(original), sampfrom=start, sampto=stop, physical=False).d_signal.T
        assert np.array_equal(excerpt.read(0, excerpt.n_samples), d_signal)
        inside = [beat for beat in read_beats(original) if start <= beat.sample < stop]
        assert read_beats(folder / name) == [beat._replace(sample=beat.sample - start) for beat in inside]
