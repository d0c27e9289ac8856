"""Seconds that the ventricular network is fitted on, and what is known of them.

Of records with reference rhythms (vfdb, mitdb) each second is known. Of challenge-2015 it is known what rang at 300 s
and whether it was true: somewhere in the ten seconds before a true alarm of VT or VF there was one, in those before a
false one none; and whoever rang for asystole or a slow heart, or rightly for a fast one, had none of them before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.inputs import VENTRICULAR_CLASSES
from processors.monitor.rhythm.ventricular import BASELINE_COLUMNS
from training.data.feature_capture import asked_at_s, captured_features
from training.data.labels import rhythm_at
from wardbeat.ecg.features.baseline import compare, learn, new_baseline
from wardbeat.ecg.features.runs import RUN_FEATURES
from wardbeat.ecg.features.ventricular import MEASURES, SIGNAL_FEATURES
from wardbeat.ecg.io.annotations import read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.errors import TrainingError

OTHER, VENTRICULAR = range(len(VENTRICULAR_CLASSES))
UNKNOWN, PERHAPS = -1, -2
VENTRICULAR_RHYTHMS = frozenset({"(VT", "(VFL", "(VF", "(VFIB"})
ALARMS = "ALARMS"
VENTRICULAR_ALARMS = frozenset({"Ventricular_Tachycardia", "Ventricular_Flutter_Fib"})
ALARM_S = 300
ALARM_TAKES_S = 10
"""An alarm sounds within ten seconds of what it is about (AAMI EC13)."""
ALARM_SEEN_S = 12
"""And two more may still be seen in the features."""
SETTLED_S = 60
LOOKED_AT_S, LOOKED_BACK_S = 4, 6
"""Of the signal, and of the beats."""
STEP_S = 0.2
N_NOW = len(SIGNAL_FEATURES) + len(RUN_FEATURES)


class VentricularRows(NamedTuple):
    """Seconds: features, class (or ``PERHAPS``: some before a true alarm are ventricular), which record."""

    features: NDArray[np.float32]
    label: NDArray[np.int8]
    record: NDArray[np.int32]

    def take(self, rows: NDArray[np.bool_]) -> "VentricularRows":
        """Some of them, by mask."""
        return VentricularRows._make(column[rows] for column in self)


def ventricular_rows(work: Path, paths: Sequence[Path]) -> VentricularRows:
    """The seconds of records of which something is known.

    Raises
    ------
    TrainingError
        If none of them is ventricular, or all are.
    """
    parts = [rows for index, path in enumerate(paths) if (rows := record_rows(work, path, index))]
    found = {int(label) for rows in parts for label in np.unique(rows.label)}
    if OTHER not in found or found <= {OTHER}:
        raise TrainingError(
            "rhythms: records with and without ventricular tachycardia or fibrillation are needed, "
            f"{'no ventricular' if OTHER in found else 'no other'} second found; name vfdb with --rhythms"
        )
    return VentricularRows._make(np.concatenate(column) for column in zip(*parts, strict=True))


def record_rows(work: Path, path: Path, index: int) -> VentricularRows | None:
    """The seconds of one record, None if nothing is known of them; ``index`` stands for it in the rows."""
    alarm = read_alarms(path.parent).get(path.name)
    rhythms = read_rhythms(path) if path.with_suffix(".atr").is_file() else []
    if not alarm and not rhythms:
        return None
    features = captured_features(work, path, "ventricular")
    t_s = asked_at_s("ventricular", len(features))
    if alarm:
        label = alarm_labels(*alarm, t_s)
        is_baseline = t_s <= ALARM_S - ALARM_SEEN_S
    else:
        label, is_baseline = rhythm_labels(rhythms, t_s, open_record(path).fs)
    rows = VentricularRows(over_baseline(features, is_baseline), label, np.full(len(t_s), index, np.int32))
    return rows.take(label != UNKNOWN)


def read_alarms(folder: Path) -> dict[str, tuple[str, bool]]:
    """What rang in each record of challenge-2015 and whether it was true; nothing of another folder."""
    file = folder / ALARMS
    lines = file.read_text(encoding="utf-8").split() if file.is_file() else []
    return {name: (kind, true == "1") for name, kind, true in (line.split(",") for line in lines)}


def alarm_labels(kind: str, true: bool, t_s: NDArray[np.float64]) -> NDArray[np.int8]:
    """Class of each second before an alarm."""
    label = np.full(len(t_s), UNKNOWN, np.int8)
    before = t_s <= ALARM_S
    if kind in VENTRICULAR_ALARMS and true:
        label[before & (t_s > ALARM_S - ALARM_TAKES_S)] = PERHAPS
    elif kind in VENTRICULAR_ALARMS or (kind == "Tachycardia" and not true):
        label[before & (t_s > ALARM_S - ALARM_SEEN_S)] = OTHER
    else:
        label[before & (t_s > SETTLED_S)] = OTHER
    return label


def rhythm_labels(
    rhythms: Sequence[ReferenceRhythm], t_s: NDArray[np.float64], fs: float
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """The class of what was looked at at each time, ``UNKNOWN`` where it changes, and which seconds had neither."""
    label = np.full(len(t_s), UNKNOWN, np.int8)
    neither = np.zeros(len(t_s), np.bool_)
    for row, end_s in enumerate(t_s):
        steps = np.arange(STEP_S / 2, LOOKED_BACK_S, STEP_S)
        during = [rhythm_at(rhythms, round((end_s - back) * fs)) in VENTRICULAR_RHYTHMS for back in steps]
        if all(during[: round(LOOKED_AT_S / STEP_S)]):
            label[row] = VENTRICULAR
        elif not any(during):
            label[row] = OTHER
        neither[row] = not any(during[: round(1 / STEP_S)])
    return label, neither


def over_baseline(features: NDArray[np.float32], is_baseline: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The features as they are where the network's answers are right: what is usual is learnt from these seconds."""
    baseline = new_baseline(len(MEASURES) + 2)
    found = features.copy()
    for row, measured in enumerate(features):
        compare(baseline, measured, BASELINE_COLUMNS, found[row, N_NOW:])
        if is_baseline[row] and measured[0] > 0:
            learn(baseline, measured, BASELINE_COLUMNS)
    return found
