"""Beats and whole records of PTB-XL for pictures: patients with bundle branch block or a pacemaker beside mitdb's.

PTB-XL annotates records, not beats. Each beat of a record with one of the statements below, and without a statement of
ectopic beats, has the class of the record.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from models.pictures import PICTURE_CLASSES
from training.data.pictures.beats import PictureBeats, windows
from training.data.ptb_xl.layout import FS_HZ, LEADS, PtbRecord, read_records
from training.data.ptb_xl.signals import read_signals

FOLDS = (1, 2, 3)
"""Of PTB-XL; folds 9 and 10 validate and test other tasks."""
CLASS_CODES = {"LBBB": "LBBB", "CRBBB": "RBBB", "PR": "paced"}
ECTOPIC = frozenset(("VEB", "PAC", "SVPB", "VBig", "VTrig", "AF", "AFL", "SVT", "PSVT", "WPW"))
NORMAL = frozenset(("NSR", "SA", "SB", "STach"))
PICTURE_LEADS = ("II", "V1", "V5")
"""The leads of mitdb are of these kinds."""
MOST_RECORDS = 300
"""Records of each class."""
BEATS = 3
"""Beats of each record."""
REFRACTORY_S = 0.3
"""Two QRS complexes are no closer."""
QRS_S = 0.1
EDGE_S = 0.8
"""Beats nearer to an end of the record have no whole window."""


class TwelveLeads(NamedTuple):
    """Records of PTB-XL: class of the beats, patient, and samples in mV, shape (records, 1000, 12)."""

    beat: list[str]
    record: list[str]
    patient: list[str]
    signal_mv: NDArray[np.float32]


def class_of(record: PtbRecord) -> str | None:
    """The class of all beats of a record; None if they may differ or are of none."""
    codes = set(record.codes)
    if codes & ECTOPIC:
        return None
    named = [name for code, name in CLASS_CODES.items() if code in codes]
    if named:
        return named[0] if len(named) == 1 else None
    return "normal" if codes <= NORMAL and codes else None


def read_twelve_leads(folder: Path, most: int = MOST_RECORDS) -> TwelveLeads:
    """The first ``most`` records of each class, one a patient."""
    chosen: list[PtbRecord] = []
    counts: dict[str, int] = {}
    patients: set[str] = set()
    for record in read_records(folder):
        beat = class_of(record) if record.fold in FOLDS else None
        if beat and record.patient not in patients and counts.get(beat, 0) < most:
            chosen.append(record)
            patients.add(record.patient)
            counts[beat] = counts.get(beat, 0) + 1
    signal = np.zeros((len(chosen), *(1000, len(LEADS))), np.float32)
    for index, signal_mv in read_signals(folder, chosen):
        signal[index] = signal_mv
    return TwelveLeads(
        [class_of(record) or "" for record in chosen],
        [record.name for record in chosen],
        [f"ptb-xl/{record.patient}" for record in chosen],
        signal,
    )


def twelve_lead_beats(records: TwelveLeads, beats: int = BEATS) -> PictureBeats:
    """A few beats of each record, in ``PICTURE_LEADS``."""
    columns = [LEADS.index(name) for name in PICTURE_LEADS]
    cut, of_record, samples = [], [], []
    for index, signal_mv in enumerate(records.signal_mv):
        peaks = r_peaks(signal_mv)
        inside = peaks[(peaks > EDGE_S * FS_HZ) & (peaks < len(signal_mv) - EDGE_S * FS_HZ)]
        kept = inside[np.linspace(0, len(inside) - 1, min(beats, len(inside))).astype(int)] if len(inside) else inside
        parts = windows(signal_mv[:, columns].T.astype(np.float64), FS_HZ, kept)
        cut.append(parts.reshape(-1, parts.shape[-1]))
        of_record += [index] * len(cut[-1])
        samples += np.repeat(kept, len(columns)).tolist()
    return PictureBeats(
        signal_mv=np.concatenate(cut),
        beat=np.array([PICTURE_CLASSES.index(records.beat[index]) for index in of_record], np.int64),
        sample=np.array(samples, np.int64),
        source=np.full(len(of_record), "ptb-xl", "U8"),
        record=np.array([records.record[index] for index in of_record], "U16"),
        patient=np.array([records.patient[index] for index in of_record], "U24"),
    )


def r_peaks(signal_mv: NDArray[np.float32]) -> NDArray[np.int64]:
    """The middle of each QRS complex of a record: peaks of the slope, summed over all leads.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples, leads)
        At 100 Hz.
    """
    slope = np.abs(np.diff(np.clip(signal_mv, -5, 5), axis=0, prepend=signal_mv[:1])).sum(axis=1)
    steep = uniform_filter1d(slope, round(QRS_S * FS_HZ))
    peaks, _ = find_peaks(steep, height=0.4 * np.quantile(steep, 0.98), distance=round(REFRACTORY_S * FS_HZ))
    return np.asarray(peaks, np.int64)
