"""Fits the forest that tells ventricular tachycardia and fibrillation from everything else, a second at a time."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.inputs import VENTRICULAR_CLASSES
from training.heard import asked_at_s, heard
from training.labels import rhythm_at
from wardbeat.ecg.annotations import ReferenceRhythm, read_rhythms
from wardbeat.ecg.records import open_record

OTHER, TACHYCARDIA, FIBRILLATION = range(len(VENTRICULAR_CLASSES))
UNKNOWN = -1
CLASS_OF = {"(VT": TACHYCARDIA, "(VFL": FIBRILLATION, "(VF": FIBRILLATION, "(VFIB": FIBRILLATION}


class VentricularSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the forest is fitted.

    Attributes
    ----------
    rounds : int
        Trees a class.
    leaves, learning_rate, share_of_features, share_of_rows : int, float
        Of each tree.
    """

    rounds: int = 120
    leaves: int = 12
    learning_rate: float = 0.06
    share_of_features: float = 0.3
    share_of_rows: float = 0.6


class VentricularRows(NamedTuple):
    """Seconds: features, class (or ``UNKNOWN``), which record."""

    features: NDArray[np.float32]
    label: NDArray[np.int8]
    record: NDArray[np.int32]


def ventricular_rows(work: Path, paths: Sequence[Path]) -> VentricularRows:
    """The seconds of records whose rhythm is known."""
    parts = []
    for index, path in enumerate(paths):
        if not path.with_suffix(".atr").is_file():
            continue
        features = heard(work, path, "ventricular")
        label = rhythm_labels(read_rhythms(path), asked_at_s("ventricular", len(features)), open_record(path).fs)
        parts.append((features, label, np.full(len(label), index, np.int32)))
    features, labels, records = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = labels != UNKNOWN
    return VentricularRows(features[known], labels[known], records[known])


def rhythm_labels(rhythms: Sequence[ReferenceRhythm], t_s: NDArray[np.float64], fs: float) -> NDArray[np.int8]:
    """The class of the four seconds before each time, ``UNKNOWN`` where it changes."""
    label = np.full(len(t_s), UNKNOWN, np.int8)
    for row, end_s in enumerate(t_s):
        during = {CLASS_OF.get(rhythm_at(rhythms, round((end_s - back) * fs)), OTHER) for back in range(5)}
        if len(during) == 1:
            label[row] = during.pop()
    return label


def fit_ventricular(rows: VentricularRows, *, settings: VentricularSettings, seed: int) -> lightgbm.Booster:
    """A fitted forest."""
    parameters = {
        "objective": "multiclass",
        "num_class": len(VENTRICULAR_CLASSES),
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "feature_fraction": settings.share_of_features,
        "bagging_fraction": settings.share_of_rows,
        "bagging_freq": 1,
        "min_data_in_leaf": 40,
        "max_bin": 63,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(rows.features, rows.label), settings.rounds)
