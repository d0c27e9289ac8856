"""The public pictures of single beats that others drew from mitdb (folder ``beat-images``): scored, never fitted on.

Each picture is traced back to its beat, so that the fit leaves these beats out: the curve is read column by column, and
compared with all beats of the record and class that ``labels.csv`` names.
"""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.pictures.beats import SYMBOLS, Found, annotated
from training.data.pictures.styles import EXAMPLES
from wardbeat.ecg.io.records import open_record, read_mv

LABELS = "labels.csv"
FIRST, LAST = 24.0, 172.8
"""Columns of the first and the last sample."""
HALF = 96
"""Samples of mitdb (360 Hz) before the annotation; a picture has twice as many."""
NEAREST = 2
"""Beats that are left out for each picture. The nearest is the drawn one in almost all of them."""
SYMBOL_OF = {name: symbol for symbol, name in SYMBOLS.items()}


class Example(NamedTuple):
    """A picture: its file, the class of its folder, the class and the record of its beat (empty if not found)."""

    file: Path
    folder: str
    beat: str
    record: str


def read_examples(folder: Path) -> list[Example]:
    """The pictures of ``labels.csv``; none if there is no such file."""
    if not (folder / LABELS).is_file():
        return []
    with (folder / LABELS).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Example(folder / row["folder"] / row["file"], row["folder"], row["beat"], row["record"]) for row in rows]


def read_picture(example: Example) -> NDArray[np.uint8]:
    """The picture, grey."""
    with Image.open(example.file) as image:
        return np.asarray(image.convert("L"))


def traced_beats(examples: list[Example], mitdb: Path) -> dict[tuple[str, str], set[int]]:
    """The samples of the drawn beats by record and class: for each picture the ``NEAREST`` beats."""
    traced: dict[tuple[str, str], set[int]] = {}
    for record, beat in sorted({(one.record, one.beat) for one in examples if one.record}):
        pictures = [read_picture(one) for one in examples if (one.record, one.beat) == (record, beat)]
        traced[record, beat] = _traced(pictures, mitdb / record, beat)
    return traced


def _traced(pictures: list[NDArray[np.uint8]], path: Path, beat: str) -> set[int]:
    found = annotated(path, {SYMBOL_OF[beat]: beat})
    drawn_mv, beats = _drawn(path, found)
    distances = (np.nanmedian(np.abs(drawn_mv - _curve_mv(one)), axis=1) for one in pictures)
    return {beats[at].sample for distance in distances for at in np.argsort(distance)[:NEAREST]}


def _drawn(path: Path, found: list[Found]) -> tuple[NDArray[np.float64], list[Found]]:
    """The curve of each beat as it is drawn, shape (beats, columns), and the beats that lie inside the record."""
    record = open_record(path)
    signal = read_mv(record, 0, record.n_samples)[0]
    inside = [one for one in found if HALF <= one.sample < len(signal) - HALF]
    columns = np.arange(np.ceil(FIRST), np.floor(LAST) + 1)
    offset = (columns - FIRST) / (LAST - FIRST) * (2 * HALF - 1) - HALF
    at = np.array([one.sample for one in inside])[:, None] + offset
    low, high = EXAMPLES.limits_mv or (-2.0, 2.0)
    return np.clip(np.interp(at, np.arange(len(signal)), signal), low, high), inside


def _curve_mv(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The middle of the ink in each column in mV; NaN without ink."""
    columns = np.arange(int(np.ceil(FIRST)), int(np.floor(LAST)) + 1)
    ink = 255.0 - picture[:, columns]
    ink[ink < 40] = 0.0
    total = ink.sum(axis=0)
    rows = (ink * np.arange(len(ink))[:, None]).sum(axis=0) / np.where(total > 0, total, np.nan)
    return np.asarray((52.45 - rows) / 34.7)
