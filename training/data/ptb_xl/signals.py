"""Reads the signals of PTB-XL at 100 Hz, from WFDB records or from packed folds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from training.data.ptb_xl.layout import FS_HZ, LEADS, SAMPLES, PtbRecord
from training.data.ptb_xl.pack import fold_file, read_fold
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import RecordError


def read_signals(folder: Path, records: Sequence[PtbRecord]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The index of each record and its signals in mV, shape (1000, 12); records of one fold follow each other.

    A record is read from its packed fold if the folder has it, else from ``records100``, else from ``records500``,
    which is resampled to 100 Hz. Invalid samples are 0.

    Raises
    ------
    RecordError
        If a record is in none of them, or can't be read.
    """
    for fold in sorted({record.fold for record in records}):
        chosen = [index for index, record in enumerate(records) if record.fold == fold]
        if not fold_file(folder, fold).is_file():
            yield from ((index, read_wfdb(folder, records[index])) for index in chosen)
            continue
        ids, signals = read_fold(folder, fold)
        places = {int(ecg_id): at for at, ecg_id in enumerate(ids)}
        for index in chosen:
            ecg_id = records[index].ecg_id
            if ecg_id not in places:
                raise RecordError(f"{fold_file(folder, fold)}: record {ecg_id} is not in it; fetch the fold again")
            yield index, signals[places[ecg_id]]


def read_wfdb(folder: Path, record: PtbRecord) -> NDArray[np.float32]:
    """The signals of a record from its WFDB files at 100 Hz, or 500 Hz, in mV, shape (1000, 12).

    Raises
    ------
    RecordError
        If the record has no files, lacks a lead, or has another length.
    """
    files = [folder / name for name in (record.file_100_hz, record.file_500_hz) if name]
    path = next((file for file in files if file.with_suffix(".hea").is_file()), None)
    if path is None:
        raise RecordError(f"{folder}: PTB-XL record {record.name} has neither a file in records100 nor in records500")
    opened = open_record(path)
    mv = read_mv(opened, 0, opened.n_samples)
    names = [name.upper() for name in opened.sig_name]
    if set(names) != set(LEADS) or opened.fs % FS_HZ:
        raise RecordError(f"{path}: a record of PTB-XL has the leads {', '.join(LEADS)} at 100 or 500 Hz; check it")
    mv = np.nan_to_num(mv[[names.index(lead) for lead in LEADS]].T)
    down = int(opened.fs) // FS_HZ
    mv = resample_poly(mv, 1, down) if down > 1 else mv
    if len(mv) != SAMPLES:
        raise RecordError(f"{path}: a record of PTB-XL has {SAMPLES} samples at 100 Hz, this one {len(mv)}")
    return np.asarray(mv, np.float32)
