"""Reference annotations have AAMI classes and the samples of the record."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import wfdb

from tests.support.records_on_disk import counting, write_raw, write_record
from wardbeat.ecg.aami import AAMI_CLASS
from wardbeat.ecg.io.annotations import read_beats, read_rhythms, read_symbols
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm
from wardbeat.errors import RecordError

DS1 = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122, 124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230)


def annotate(
    path: Path, sample: list[int], symbol: list[str], aux: list[str] | None = None, fs: float | None = None
) -> None:
    wfdb.wrann(
        path.name,
        "atr",
        np.array(sample),
        symbol,
        aux_note=aux or [""] * len(sample),
        fs=fs,
        write_dir=str(path.parent),
    )


def test_every_beat_has_one_class_and_other_annotations_have_none() -> None:
    assert Counter(AAMI_CLASS.values()) == {"N": 7, "S": 4, "V": 3, "F": 1, "Q": 4}
    assert [AAMI_CLASS[symbol] for symbol in "NLReVAaJS/fQFE"] == list("NNNNVSSSSQQQFV")
    assert not set('+~|x![]"') & set(AAMI_CLASS)


def test_beats_and_rhythms_are_read(tmp_path: Path) -> None:
    path = write_record(tmp_path, counting(1, 1000))
    annotate(path, [5, 10, 300, 400, 500], ["+", "L", "E", "~", "+"], ["(N", "", "", "", "(AFIB"])
    assert read_beats(path) == [ReferenceBeat(10, "N"), ReferenceBeat(300, "V")]
    assert read_rhythms(path) == [ReferenceRhythm(5, "(N"), ReferenceRhythm(500, "(AFIB")]


def test_annotations_in_frames_become_samples(tmp_path: Path) -> None:
    data = np.zeros(4 * 500, "<i2").tobytes()
    path = write_raw(tmp_path, "rec 1 125 500\nrec.dat 16x4 200 16 0 0 0 0 II\n", data)
    annotate(path, [100], ["N"])
    assert read_beats(path) == [ReferenceBeat(400, "N")]
    annotate(path, [100], ["N"], fs=250)  # a file that brings a time resolution of its own
    assert read_beats(path) == [ReferenceBeat(200, "N")]


def test_the_rate_is_that_of_the_header_whatever_its_form(tmp_path: Path) -> None:
    path = write_raw(tmp_path, "患者1 1 2.5e2 1000\n患者1.dat 16 200 12 0 0 0 0 II\n", bytes(2000), name="患者1")
    annotate(path, [100], ["N"])
    assert read_beats(path) == [ReferenceBeat(100, "N")]
    annotate(path, [100], ["N"], fs=125)
    assert read_beats(path) == [ReferenceBeat(200, "N")]


@pytest.mark.parametrize("data", [b"\0\0", b"\0\0" * 3])
def test_a_file_of_no_annotations_has_none(tmp_path: Path, data: bytes) -> None:
    path = write_record(tmp_path, counting(1, 1000))
    (tmp_path / "rec.atr").write_bytes(data)
    assert (read_beats(path), read_rhythms(path), read_symbols(path)) == ([], [], [])


def test_missing_and_damaged_annotation_files_are_named(tmp_path: Path) -> None:
    path = write_record(tmp_path, counting(1, 1000))
    with pytest.raises(RecordError, match=r"rec\.atr: no such annotation file; fetch it"):
        read_beats(path)
    (tmp_path / "rec.atr").write_bytes(b"\xff")
    with pytest.raises(RecordError, match=r"rec\.atr: no valid WFDB annotation file"):
        read_beats(path)


def test_ds1_has_the_published_counts(shared_data: Path) -> None:
    """Table I of de Chazal 2004."""
    counts = Counter(beat.symbol for name in DS1 for beat in read_beats(shared_data / "mitdb" / str(name)))
    assert counts == {"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}


def test_symbols_are_read_as_they_are(tmp_path: Path) -> None:
    path = write_record(tmp_path, counting(1, 1000))
    annotate(path, [5, 10, 300], ["+", "L", "~"], ["(AFIB", "", ""])
    assert read_symbols(path) == [(5, "+", "(AFIB"), (10, "L", ""), (300, "~", "")]
