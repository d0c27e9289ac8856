"""Which pictures are drawn, and that an interrupted collection continues."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH
from training.data.pictures import collection
from training.data.pictures.beats import HALF, PictureBeats
from training.data.pictures.collection import (
    NO_ECG,
    SEVERAL_BEATS,
    SOURCE,
    collect_pictures,
    read_inks,
    read_pictures,
    read_table,
    scored_rows,
)

BEATS = 4
"""Of each class and record, two leads each."""


def made_beats() -> PictureBeats:
    rows = [
        (beat, 100 * beat + at, source, record)
        for source, record in (("mitdb", "100"), ("mitdb", "101"), ("svdb", "S1"), ("svdb", "S2"))
        for beat in range(len(PICTURE_CLASSES))
        for at in range(BEATS)
        for _lead in range(2)
    ]
    beat, sample, source, record = (np.array(column) for column in zip(*rows, strict=True))
    t = np.arange(2 * HALF + 1) - HALF
    signal = np.exp(-((t / (4.0 + beat[:, None])) ** 2)).astype(np.float32)
    return PictureBeats(signal, beat, sample, source, record, np.char.add(np.char.add(source, "/"), record))


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    del stage, done, total, note


def test_scored_rows_have_the_same_number_of_beats_of_each_class() -> None:
    beats = made_beats()
    rows = scored_rows(beats, 6)
    assert set(beats.source[rows]) == {"mitdb"}
    assert np.bincount(beats.beat[rows]).tolist() == [6 * 2] * len(PICTURE_CLASSES), "six beats, two leads"
    assert np.bincount(np.unique(beats.record[rows], return_inverse=True)[1]).tolist() == [42, 42]


@pytest.mark.slow
def test_a_collection_has_pictures_for_each_use_and_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = made_beats()
    strips, pages = np.ones((2, 2375), np.float32), np.ones((2, 1000, 12), np.float32)
    strips[:, ::300], pages[:, ::90] = 2.0, 2.0
    np.savez(tmp_path / SOURCE, **beats._asdict(), strips_mv=strips, pages_mv=pages)
    monkeypatch.setattr(collection, "N_NO_ECG", 20)
    monkeypatch.setattr(collection, "N_SEVERAL", 10)
    monkeypatch.setattr(collection, "BLOCK", 400)
    collect_pictures(tmp_path, tmp_path, silent)
    table = read_table(tmp_path)
    assert set(zip(table.source.tolist(), table.use.tolist(), strict=True)) == {
        ("mitdb", "fit"), ("mitdb", "test"), ("svdb", "fit"), ("svdb", "validation"), ("made", "fit"),
        ("made", "validation"),
    }  # fmt: skip
    assert np.bincount(table.beat)[[NO_ECG, SEVERAL_BEATS]].tolist() == [20, 10]
    pictures = read_pictures(tmp_path, np.arange(len(table.beat)))
    assert pictures.shape == (len(table.beat), HEIGHT, WIDTH, 1)
    inks = read_inks(tmp_path).take(table.beat < NO_ECG)
    assert (inks.pieces > 0).mean() > 0.99
    assert np.median(inks.columns) == 1.0
    assert np.median(inks.uneven) < 0.05
    written_ns = (tmp_path / "pictures.npy").stat().st_mtime_ns
    collect_pictures(tmp_path, tmp_path, silent)
    assert (tmp_path / "pictures.npy").stat().st_mtime_ns == written_ns
