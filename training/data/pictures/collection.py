"""Draws all pictures once, and keeps them as inputs of the network with what is known of each.

=====================  ==============================================================================================
file                   content
=====================  ==============================================================================================
``pictures.npy``       inputs, ink as 0 to 255, shape (pictures, HEIGHT, WIDTH)
``inks.npz``           :class:`Inks` of all pictures
``source.npz``         signals that are drawn
``table.npz``          :class:`Table`; it is written last
``blocks/``            pictures of finished blocks, until all are there
=====================  ==============================================================================================
"""

import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.pictures import PICTURE_CLASSES, Ink, read_ink
from training.data.pictures.beats import FS_HZ, PictureBeats, joined, mitdb_beats, shares, svdb_beats, vfdb_beats
from training.data.pictures.examples import read_examples, traced_beats
from training.data.pictures.other_pictures import Strips, no_ecg_picture, several_beats_picture
from training.data.pictures.render import draw_trace
from training.data.pictures.styles import EXAMPLES, random_style
from training.data.pictures.twelve_leads import read_twelve_leads, twelve_lead_beats
from training.progress import Progress
from wardbeat.atomic_files import atomic_file
from wardbeat.ecg.io.records import find_records, open_record, read_mv
from wardbeat.process_pool import run_jobs

PICTURES, INKS, TABLE, SOURCE, BLOCKS = "pictures.npy", "inks.npz", "table.npz", "source.npz", "blocks"
NO_ECG, SEVERAL_BEATS = len(PICTURE_CLASSES), len(PICTURE_CLASSES) + 1
"""Classes of pictures that show no single beat."""
VALIDATION_PATIENTS = ("vfdb/609",)
"""The one patient with flutter who validates; svdb and PTB-XL, which give the others, have no flutter."""
VALIDATION_EVERY = 5
"""One in five patients of svdb and PTB-XL validates."""
N_NO_ECG, N_SEVERAL = 14_000, 2500
"""Pictures that show no single beat, for fit and validation."""
SCORED = 300
"""Beats of each class of mitdb and vfdb that are scored, both leads of each, in two styles."""
BLOCK = 1000
SEED = 13
STRIP_S = 9.5
STRIPS_PER_RECORD = 8


class Table(NamedTuple):
    """What is known of each picture.

    Attributes
    ----------
    beat : ndarray of int
        Index of the class; ``NO_ECG`` or ``SEVERAL_BEATS`` for other pictures.
    row : ndarray of int
        Of the beat's signal in the source, −1 for other pictures.
    use : ndarray of str
        ``fit``, ``validation`` or ``test``. Beats of ``test`` are in ``fit`` as well, in other drawings: folds by
        patient part them.
    style : ndarray of str
        ``varied`` or ``examples``.
    source, record, patient : ndarray of str
    sample : ndarray of int
    """

    beat: NDArray[np.int64]
    row: NDArray[np.int64]
    use: NDArray[np.str_]
    style: NDArray[np.str_]
    source: NDArray[np.str_]
    record: NDArray[np.str_]
    patient: NDArray[np.str_]
    sample: NDArray[np.int64]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Table":
        """Some of the pictures."""
        return self._replace(**{name: array[rows] for name, array in self._asdict().items()})


class Inks(NamedTuple):
    """What rules of refusal know of pictures; see :class:`models.pictures.Ink`."""

    pieces: NDArray[np.int64]
    columns: NDArray[np.float64]
    uneven: NDArray[np.float64]

    @classmethod
    def of(cls, inks: Sequence[Ink]) -> "Inks":
        """The measures of pictures."""
        names = ((ink.pieces, ink.columns, ink.uneven) for ink in inks)
        pieces, columns, uneven = zip(*names, strict=True)
        return cls(np.array(pieces), np.array(columns), np.array(uneven))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Inks":
        """Some of the pictures."""
        return Inks(self.pieces[rows], self.columns[rows], self.uneven[rows])


def collect_pictures(data: Path, work: Path, progress: Progress) -> None:
    """Draw all pictures, unless they are there; an interrupted call continues with its next block.

    Parameters
    ----------
    data : Path
        Folder with mitdb, vfdb, svdb and ptb-xl, and perhaps beat-images.
    work : Path
    progress : Progress
    """
    if (work / TABLE).is_file():
        return
    work.mkdir(parents=True, exist_ok=True)
    if not (work / SOURCE).is_file():
        _write_source(data, work, progress)
    beats, _ = read_source(work)
    table = _planned(beats)
    _draw_blocks(work, table, progress)
    _join_blocks(work, len(table.beat))
    with atomic_file(work / TABLE) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **table._asdict())
    shutil.rmtree(work / BLOCKS)


def read_table(work: Path) -> Table:
    """The table of the pictures."""
    with np.load(work / TABLE) as stored:
        return Table(*(stored[name] for name in Table._fields))


def read_pictures(work: Path, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Inputs of some pictures, ink as 0 to 255, shape (pictures, HEIGHT, WIDTH, 1)."""
    return np.asarray(np.load(work / PICTURES, mmap_mode="r")[rows])[..., None]


def read_inks(work: Path) -> Inks:
    """What rules know of all pictures."""
    with np.load(work / INKS) as stored:
        return Inks(*(stored[name] for name in Inks._fields))


def read_source(work: Path) -> tuple[PictureBeats, Strips]:
    """The signals that are drawn."""
    with np.load(work / SOURCE) as stored:
        beats = PictureBeats(*(stored[name] for name in PictureBeats._fields))
        return beats, Strips(*(stored[name] for name in Strips._fields))


def scored_rows(beats: PictureBeats, most: int) -> NDArray[np.int64]:
    """Rows of mitdb and vfdb that are scored: of each class the same number of beats from each record."""
    chosen: list[NDArray[np.int64]] = []
    for beat in range(len(PICTURE_CLASSES)):
        of_class = (beats.beat == beat) & np.isin(beats.source, ("mitdb", "vfdb"))
        records = [np.flatnonzero(of_class & (beats.record == name)) for name in np.unique(beats.record[of_class])]
        samples = [np.unique(beats.sample[rows]) for rows in records]
        for rows, own, n in zip(records, samples, shares([len(one) for one in samples], most), strict=True):
            kept = own[np.linspace(0, len(own) - 1, n).astype(int)] if n else own[:0]
            chosen.append(rows[np.isin(beats.sample[rows], kept)])
    return np.sort(np.concatenate(chosen))


def _write_source(data: Path, work: Path, progress: Progress) -> None:
    """Read the signals of all data sets; the beats of the public pictures are left out."""
    examples = read_examples(data / "beat-images")
    traced = traced_beats(examples, data / "mitdb")
    progress("read beats for pictures", 1, 3, f"{len(examples)} public pictures traced")
    twelve = read_twelve_leads(data / "ptb-xl")
    parts = [
        mitdb_beats(data / "mitdb", lambda record, beat, sample: sample in traced.get((record, beat), ())),
        vfdb_beats(data / "vfdb"),
        svdb_beats(data / "svdb"),
        twelve_lead_beats(twelve),
    ]
    progress("read beats for pictures", 2, 3, "")
    strips = Strips(_strips(data / "svdb"), twelve.signal_mv)
    with atomic_file(work / SOURCE) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **joined(parts)._asdict(), **strips._asdict())
    progress("read beats for pictures", 3, 3, "")


def _strips(folder: Path) -> NDArray[np.float32]:
    """Strips of several beats."""
    found = []
    for path in find_records(folder):
        record = open_record(path)
        for start in np.linspace(0, record.n_samples - (STRIP_S + 1) * record.fs, STRIPS_PER_RECORD).astype(int):
            strip = np.nan_to_num(read_mv(record, start, start + round(STRIP_S * record.fs))[0])
            at = np.linspace(0, len(strip) - 1, round(STRIP_S * FS_HZ))
            found.append(np.interp(at, np.arange(len(strip)), strip).astype(np.float32))
    return np.stack(found)


def _planned(beats: PictureBeats) -> Table:
    """Which pictures to draw, of beats and of other things.

    A beat is drawn once to validate. To fit it is drawn in a random style and in that of the public pictures, and to be
    scored once more in both.
    """
    every = np.arange(len(beats.beat))
    validation = _validates(beats)
    scored = scored_rows(beats, SCORED)
    scored = scored[~validation[scored]]
    again = every[~validation]
    drawn = np.concatenate([every, again, scored, scored])
    beat = np.concatenate([beats.beat[drawn], _others()])
    rows = np.concatenate([drawn, np.full(N_NO_ECG + N_SEVERAL, -1)])
    use = np.where(validation, "validation", "fit")
    other_use = np.where(np.arange(N_NO_ECG + N_SEVERAL) % VALIDATION_EVERY, "fit", "validation")
    varied, examples = np.full(len(scored), "varied"), np.full(len(scored), "examples")
    made = rows < 0
    return Table(
        beat=beat,
        row=rows,
        use=np.concatenate([use, use[again], np.full(2 * len(scored), "test"), other_use]),
        style=np.concatenate(
            [
                np.full(len(every), "varied"),
                np.full(len(again), "examples"),
                varied,
                examples,
                np.full(made.sum(), "varied"),
            ]
        ),
        source=np.where(made, "made", beats.source[rows]),
        record=np.where(made, "made", beats.record[rows]),
        patient=np.where(made, "made", beats.patient[rows]),
        sample=np.where(made, 0, beats.sample[rows]),
    )


def _others() -> NDArray[np.int64]:
    """The classes of the pictures that show no single beat."""
    return np.repeat([NO_ECG, SEVERAL_BEATS], [N_NO_ECG, N_SEVERAL])


def _validates(beats: PictureBeats) -> NDArray[np.bool_]:
    extra = np.unique(beats.patient[np.isin(beats.source, ("svdb", "ptb-xl"))])
    return np.isin(beats.patient, [*extra[::VALIDATION_EVERY], *VALIDATION_PATIENTS])


def _draw_blocks(work: Path, table: Table, progress: Progress) -> None:
    starts = range(0, len(table.beat), BLOCK)
    missing = [start for start in starts if not _block_file(work, start).is_file()]
    (work / BLOCKS).mkdir(exist_ok=True)
    jobs = [(start, table.take(np.arange(start, min(start + BLOCK, len(table.beat))))) for start in missing]
    with run_jobs(partial(_draw_block, work), jobs, os.cpu_count() or 1) as finished:
        for done, _ in enumerate(finished, len(starts) - len(missing) + 1):
            progress("draw pictures", done, len(starts), f"blocks of {BLOCK}")


def _draw_block(work: Path, job: tuple[int, Table]) -> None:
    start, table = job
    beats, strips = read_source(work)
    inks = []
    for index, (beat, row, style) in enumerate(zip(table.beat, table.row, table.style, strict=True)):
        random = np.random.default_rng([SEED, start + index])
        if beat == NO_ECG:
            picture = no_ecg_picture(random)
        elif beat == SEVERAL_BEATS:
            picture = several_beats_picture(random, strips)
        else:
            picture = draw_trace(
                beats.signal_mv[row], EXAMPLES if style == "examples" else random_style(random), random
            )
        inks.append(read_ink(picture))
    pictures = np.stack([np.round(255 * ink.ink).astype(np.uint8) for ink in inks])
    with atomic_file(_block_file(work, start)) as temporary, temporary.open("wb") as stream:
        np.savez(stream, pictures=pictures, **Inks.of(inks)._asdict())


def _join_blocks(work: Path, n: int) -> None:
    """Write the files of all pictures."""
    blocks = []
    for start in range(0, n, BLOCK):
        with np.load(_block_file(work, start)) as stored:
            blocks.append({name: stored[name] for name in stored.files})
    joined_blocks = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    with atomic_file(work / PICTURES) as temporary, temporary.open("wb") as stream:
        np.save(stream, joined_blocks.pop("pictures"))
    with atomic_file(work / INKS) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **Inks(*(joined_blocks[name] for name in Inks._fields))._asdict())


def _block_file(work: Path, start: int) -> Path:
    return work / BLOCKS / f"{start:06d}.npz"
