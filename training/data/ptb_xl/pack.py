"""Reads folds of PTB-XL that are packed into two files each: ``foldNN.ids`` and ``foldNN.xz``.

``foldNN.ids`` lists the ``ecg_id`` of each record. ``foldNN.xz`` has the differences of successive samples in steps of
5 µV, for the eight leads that do not follow from others: first the low bytes of all differences, then the high bytes.
III, aVR, aVL and aVF follow from I and II.
"""

import lzma
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.ptb_xl.layout import LEADS, SAMPLES
from wardbeat.errors import RecordError

STEP_MV = 0.005
INDEPENDENT = 8
"""Leads in the file: I, II, V1 to V6."""


def fold_file(folder: Path, fold: int) -> Path:
    """The file with the signals of a fold; it need not exist."""
    return folder / f"fold{fold:02d}.xz"


def read_fold(folder: Path, fold: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``ecg_id`` of each record of a fold, and their signals in mV, shape (records, 1000, 12).

    Raises
    ------
    RecordError
        If one of its files is missing or damaged.
    """
    file = fold_file(folder, fold)
    try:
        ids = np.loadtxt(file.with_suffix(".ids"), dtype=np.int64, ndmin=1)
        planes = np.frombuffer(lzma.decompress(file.read_bytes()), np.uint8).reshape(2, len(ids), INDEPENDENT, SAMPLES)
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise RecordError(f"{file}: the fold can't be read ({error}); fetch {file.stem}.ids and .xz again") from error
    differences = (planes[0] | planes[1].astype(np.uint16) << 8).view(np.int16)
    independent = STEP_MV * np.cumsum(differences, axis=2, dtype=np.int32).astype(np.float32).transpose(0, 2, 1)
    return ids, with_limb_leads(independent)


def with_limb_leads(independent: NDArray[np.float32]) -> NDArray[np.float32]:
    """All twelve leads from I, II, V1 to V6.

    Parameters
    ----------
    independent : ndarray, shape (..., 8)

    Returns
    -------
    ndarray, shape (..., 12)
        In the order of ``LEADS``.
    """
    out = np.empty((*independent.shape[:-1], len(LEADS)), np.float32)
    one, two = independent[..., 0], independent[..., 1]
    for at, lead in enumerate((one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2)):
        out[..., at] = lead
    out[..., 6:] = independent[..., 2:]
    return out
