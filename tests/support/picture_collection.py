"""A small made collection of pictures of beats, as the study of pictures reads it."""

from pathlib import Path

import numpy as np

from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH
from training.data.pictures.collection import INKS, NO_ECG, PICTURES, SEVERAL_BEATS, SOURCE, TABLE, Table

PATIENTS = 10
"""Of mitdb, each with beats of all classes; as many of svdb validate."""


def made_table(beats: int = 2) -> Table:
    """A table with ``beats`` beats of each class of each patient, for fit and test in both styles."""
    rows: list[tuple[int, str, str, str, str, int]] = []
    for patient in range(PATIENTS):
        for beat in range(len(PICTURE_CLASSES)):
            for sample in range(beats):
                name = f"{100 + patient}"
                rows += [(beat, use, style, "mitdb", name, 1000 * beat + sample) for use, style in _DRAWN]
                rows.append((beat, "validation", "varied", "svdb", f"S{patient:03d}", 1000 * beat + sample))
    for beat in (NO_ECG, SEVERAL_BEATS):
        rows += [(beat, use, "varied", "made", "made", 0) for use in ("fit", "validation") for _ in range(10)]
    beat_of, use, style, source, record, sample_of = (np.array(column) for column in zip(*rows, strict=True))
    patients = np.char.add(np.char.add(source, "/"), record)
    return Table(beat_of, np.arange(len(rows)), use, style, source, record, patients, sample_of)


_DRAWN = (("fit", "varied"), ("fit", "examples"), ("test", "varied"), ("test", "examples"))


def write_collection(folder: Path) -> Table:
    """Write a collection: the place of a bright column tells the class."""
    table = made_table()
    random = np.random.default_rng(0)
    pictures = random.integers(0, 60, (len(table.beat), HEIGHT, WIDTH)).astype(np.uint8)
    for picture, beat in zip(pictures, table.beat, strict=True):
        picture[:, 8 + 9 * beat : 14 + 9 * beat] = 255
    folder.mkdir(parents=True)
    np.save(folder / PICTURES, pictures)
    n = len(table.beat)
    np.savez(folder / INKS, pieces=np.ones(n, np.int64), columns=np.ones(n), uneven=np.zeros(n))
    np.savez(folder / SOURCE, made=np.zeros(1))
    np.savez(folder / TABLE, **table._asdict())
    return table
