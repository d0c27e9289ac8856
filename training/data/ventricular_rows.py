"""Rows for the fit of the ventricular network: one row for each second, with a label.

In records with reference rhythms (vfdb, mitdb) the label of each second is known. In challenge-2015 we know the type of
the alarm at 300 s and whether it is true. Some of the 10 s before a true alarm of VT or VF are ventricular, but we do
not know which: these are candidates. The last seconds before a false alarm of VT, VF or tachycardia are not
ventricular. A record with another alarm has no VT or VF before the alarm.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.inputs import VENTRICULAR_CLASSES
from processors.monitor.rhythm.ventricular import BASELINE_COLUMNS
from training.data.feature_capture import captured_features, row_times_s
from training.data.labels import rhythm_at
from wardbeat.ecg.features.baseline import compare, learn, new_baseline
from wardbeat.ecg.features.runs import RUN_FEATURES
from wardbeat.ecg.features.ventricular import MEASURES, SIGNAL_FEATURES
from wardbeat.ecg.io.annotations import read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.errors import TrainingError

OTHER, VENTRICULAR = range(len(VENTRICULAR_CLASSES))
UNKNOWN, CANDIDATE = -1, -2
VENTRICULAR_RHYTHMS = frozenset({"(VT", "(VFL", "(VF", "(VFIB"})
ALARMS = "ALARMS"
VENTRICULAR_ALARMS = frozenset({"Ventricular_Tachycardia", "Ventricular_Flutter_Fib"})
ALARM_S = 300
ALARM_TAKES_S = 10
"""An alarm sounds within 10 s of its event (AAMI EC13)."""
ALARM_SEEN_S = 12
"""The event may be visible in the features for 2 s more."""
SETTLED_S = 60
"""The first minute of a record is left out: the baselines are still new."""
SIGNAL_WINDOW_S, BEAT_WINDOW_S = 4, 6
"""Seconds before a row that the features of the signal and of the beats cover."""
STEP_S = 0.2
N_CURRENT = len(SIGNAL_FEATURES) + len(RUN_FEATURES)


class VentricularRows(NamedTuple):
    """Seconds: features, class (or ``CANDIDATE``, see the module), index of the record."""

    features: NDArray[np.float32]
    label: NDArray[np.int8]
    record: NDArray[np.int32]

    def take(self, rows: NDArray[np.bool_]) -> "VentricularRows":
        """The rows that a mask selects."""
        return VentricularRows._make(column[rows] for column in self)


def ventricular_rows(work: Path, paths: Sequence[Path]) -> VentricularRows:
    """The labelled seconds of records.

    Raises
    ------
    TrainingError
        If no second is ventricular, or all are.
    """
    parts = [rows for index, path in enumerate(paths) if (rows := record_rows(work, path, index))]
    labels = {int(label) for rows in parts for label in np.unique(rows.label)}
    if OTHER not in labels or labels <= {OTHER}:
        raise TrainingError(
            "rhythms: records with and without ventricular tachycardia or fibrillation are needed, "
            f"{'no ventricular' if OTHER in labels else 'no other'} second found; name vfdb with --rhythms"
        )
    return VentricularRows._make(np.concatenate(column) for column in zip(*parts, strict=True))


def record_rows(work: Path, path: Path, index: int) -> VentricularRows | None:
    """The labelled seconds of one record, None if it has no reference; ``index`` is its index in the rows."""
    alarm = read_alarms(path.parent).get(path.name)
    rhythms = read_rhythms(path) if path.with_suffix(".atr").is_file() else []
    if not alarm and not rhythms:
        return None
    features = captured_features(work, path, "ventricular")
    t_s = row_times_s("ventricular", len(features))
    if alarm:
        label = alarm_labels(*alarm, t_s)
        is_baseline = t_s <= ALARM_S - ALARM_SEEN_S
    else:
        label, is_baseline = rhythm_labels(rhythms, t_s, open_record(path).fs)
    rows = VentricularRows(with_baseline_features(features, is_baseline), label, np.full(len(t_s), index, np.int32))
    return rows.take(label != UNKNOWN)


def read_alarms(folder: Path) -> dict[str, tuple[str, bool]]:
    """The type of the alarm of each record of challenge-2015, and whether it is true; empty for another folder."""
    file = folder / ALARMS
    lines = file.read_text(encoding="utf-8").split() if file.is_file() else []
    return {name: (kind, true == "1") for name, kind, true in (line.split(",") for line in lines)}


def alarm_labels(kind: str, true: bool, t_s: NDArray[np.float64]) -> NDArray[np.int8]:
    """Label of each second before an alarm."""
    label = np.full(len(t_s), UNKNOWN, np.int8)
    before = t_s <= ALARM_S
    if kind in VENTRICULAR_ALARMS and true:
        label[before & (t_s > ALARM_S - ALARM_TAKES_S)] = CANDIDATE
    elif kind in VENTRICULAR_ALARMS or (kind == "Tachycardia" and not true):
        label[before & (t_s > ALARM_S - ALARM_SEEN_S)] = OTHER
    else:
        label[before & (t_s > SETTLED_S)] = OTHER
    return label


def rhythm_labels(
    rhythms: Sequence[ReferenceRhythm], t_s: NDArray[np.float64], fs: float
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """The label of each time, and whether the second before it has no ventricular rhythm.

    The label is ``UNKNOWN`` if the rhythm changes in the time that the features cover.
    """
    label = np.full(len(t_s), UNKNOWN, np.int8)
    not_ventricular = np.zeros(len(t_s), np.bool_)
    for row, end_s in enumerate(t_s):
        steps = np.arange(STEP_S / 2, BEAT_WINDOW_S, STEP_S)
        during = [rhythm_at(rhythms, round((end_s - back) * fs)) in VENTRICULAR_RHYTHMS for back in steps]
        if all(during[: round(SIGNAL_WINDOW_S / STEP_S)]):
            label[row] = VENTRICULAR
        elif not any(during):
            label[row] = OTHER
        not_ventricular[row] = not any(during[: round(1 / STEP_S)])
    return label, not_ventricular


def with_baseline_features(features: NDArray[np.float32], is_baseline: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The features with the patient's baseline learnt from the seconds of ``is_baseline``.

    In service the network's own predictions choose these seconds; here the reference does.
    """
    baseline = new_baseline(len(MEASURES) + 2)
    replaced = features.copy()
    for row, measured in enumerate(features):
        compare(baseline, measured, BASELINE_COLUMNS, replaced[row, N_CURRENT:])
        if is_baseline[row] and measured[0] > 0:
            learn(baseline, measured, BASELINE_COLUMNS)
    return replaced
