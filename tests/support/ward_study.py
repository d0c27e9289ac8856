"""Small data for the tasks on ward leads: the shipped excerpts as mitdb, and two of them under names of svdb."""

import shutil
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from models.inputs import INPUT_SHAPES
from tests.support.records_on_disk import counting, write_record
from training.data.capture import BeatRows, Captured, MissedRows, WindowRows, save_captured
from training.data.labels import FALSE_DETECTION
from training.study.fits import RECORD, fit_folder
from training.study.ward.records import FOLDER
from wardbeat.ecg.io.excerpts import excerpts_folder

SMALL_RECORDS = (
    ("fit", "mitdb", "119"),
    ("validation", "mitdb", "207"),
    ("test", "mitdb", "200"),
    ("fit", "svdb", "S001"),
)
"""Part, data set and name."""
BEATS_S = [0.4 + 0.8 * at for at in range(25)]
WFDB_SYMBOLS = "NAVF"
AS_SVDB = {"S001": "119", "S002": "205", "S004": "208"}
"""Name and source; S004 is a validation record."""


def write_ward_data(folder: Path) -> Path:
    """Write ``mitdb`` and ``svdb`` into a folder; the folder."""
    with excerpts_folder() as excerpts:
        shutil.copytree(excerpts, folder / "mitdb")
        (folder / "svdb").mkdir()
        for name, source in AS_SVDB.items():
            _copy_as(name, excerpts / source, folder / "svdb")
    return folder


def _copy_as(name: str, source: Path, out: Path) -> None:
    """Write the first minute of a record under another name, with its beats."""
    stop = 60 * 360
    record = wfdb.rdrecord(str(source), sampto=stop, physical=False)
    wfdb.wrsamp(
        name,
        fs=record.fs,
        units=record.units,
        sig_name=record.sig_name,
        d_signal=record.d_signal,
        fmt=["16"] * record.n_sig,
        adc_gain=record.adc_gain,
        baseline=record.baseline,
        write_dir=str(out),
    )
    beats = wfdb.rdann(str(source), "atr", sampto=stop)
    kept = [at for at, symbol in enumerate(beats.symbol) if symbol != "+"]
    wfdb.wrann(name, "atr", beats.sample[kept], [beats.symbol[at] for at in kept], fs=record.fs, write_dir=str(out))


def write_small_study(folder: Path) -> tuple[Path, Path]:
    """Records of 20 s with a beat each 0.8 s, and what the monitor would have captured; folders of data and of work.

    The monitor's R peaks are 8 ms late; it misses the last beat but one, and finds a beat too much at 19.95 s, before
    the last one. The beats' classes go round N S V F.
    """
    data, work = folder / "data", folder / "work"
    for part, of_set, name in SMALL_RECORDS:
        (data / of_set).mkdir(parents=True, exist_ok=True)
        (work / FOLDER / part).mkdir(parents=True, exist_ok=True)
        write_record(data / of_set, counting(2, 20 * 250), name=name, fs=250)
        samples = np.array([round(250 * t_s) for t_s in BEATS_S])
        wfdb.wrann(
            name, "atr", samples, [WFDB_SYMBOLS[at % 4] for at in range(len(samples))], write_dir=str(data / of_set)
        )
        save_captured(work / FOLDER / part / f"{name}.npz", small_captured())
    return data, work


def small_captured() -> Captured:
    """As described for :func:`write_small_study`."""
    random = np.random.default_rng(0)
    detected = [at for at in range(len(BEATS_S)) if at != len(BEATS_S) - 2]
    label = np.array([at % 4 for at in detected] + [FALSE_DETECTION], np.int8)
    t_s = np.array([BEATS_S[at] + 0.008 for at in detected] + [19.95])
    beats = {
        name: random.normal(size=(len(label), *shape)).astype(np.float32)
        for name, shape in INPUT_SHAPES["beat"].items()
    }
    windows = {
        name: random.normal(size=(4, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["window"].items()
    }
    abnormal = np.array([True, False, True, False])
    normal = np.array([False, True, False, False])
    missed = MissedRows(np.array([(len(BEATS_S) - 2) % 4], np.int8), np.zeros(1, np.int32), np.array([BEATS_S[-2]]))
    return Captured(
        BeatRows(beats, label, np.zeros(len(label), np.int32), t_s),
        WindowRows(windows, abnormal, normal, np.zeros(4, np.int32), np.array([5.0, 10.0, 15.0, 20.0])),
        missed,
    )


def write_answers(work: Path, model: str, seed: int, probabilities: NDArray[np.float32]) -> None:
    """A finished fit of which only the answers for the test rows are there."""
    folder = fit_folder(work, model, seed)
    folder.mkdir(parents=True)
    (folder / RECORD).write_text("{}", encoding="utf-8")
    np.save(folder / "test.npy", probabilities)
