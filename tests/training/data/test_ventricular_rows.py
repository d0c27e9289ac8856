"""The labels of seconds for the ventricular network, from reference rhythms and from alarms."""

from pathlib import Path

import numpy as np
import pytest

from models.forest import BASELINE_S
from models.inputs import VENTRICULAR_FEATURES
from training.data.ventricular_rows import (
    CANDIDATE,
    N_CURRENT,
    OTHER,
    UNKNOWN,
    VENTRICULAR,
    alarm_labels,
    read_alarms,
    rhythm_labels,
    ventricular_rows,
    with_baseline_features,
)
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.errors import TrainingError

T_S = np.arange(1.0, 31.0)


def test_a_second_has_a_label_if_its_features_cover_one_kind_of_rhythm() -> None:
    rhythms = [ReferenceRhythm(0, "(N"), ReferenceRhythm(2500, "(VT"), ReferenceRhythm(5000, "(N")]
    label, not_ventricular = rhythm_labels(rhythms, T_S, 250)
    assert T_S[label == VENTRICULAR].tolist() == [14, 15, 16, 17, 18, 19, 20]
    assert T_S[label == OTHER].tolist() == [*range(1, 11), *range(26, 31)]
    assert T_S[~not_ventricular].tolist() == list(range(11, 21))


@pytest.mark.parametrize(
    ("kind", "true", "before", "last"),
    [
        ("Ventricular_Tachycardia", True, UNKNOWN, CANDIDATE),
        ("Ventricular_Flutter_Fib", False, UNKNOWN, OTHER),
        ("Tachycardia", True, OTHER, OTHER),
        ("Tachycardia", False, UNKNOWN, OTHER),
        ("Asystole", True, OTHER, OTHER),
    ],
)
def test_an_alarm_labels_the_seconds_before_it(kind: str, true: bool, before: int, last: int) -> None:
    label = alarm_labels(kind, true, np.arange(1.0, 331.0))
    assert set(label[200:287]) == {before}
    assert set(label[290:300]) == {last}
    assert set(label[300:]) == {UNKNOWN}, "seconds after the alarm are not used"


def test_the_baseline_is_learnt_from_the_given_seconds() -> None:
    features = np.zeros((20, len(VENTRICULAR_FEATURES)), np.float32)
    features[:, 0], features[10:, 2:N_CURRENT] = 2, 1
    replaced = with_baseline_features(features, np.arange(20) < 10)
    assert replaced[-1, BASELINE_S] == 10
    assert replaced[-1, N_CURRENT] == pytest.approx(1.0)


def test_alarms_are_read_and_records_without_a_reference_are_refused(tmp_path: Path) -> None:
    assert read_alarms(tmp_path) == {}
    (tmp_path / "ALARMS").write_text("v100s,Ventricular_Tachycardia,1\na101l,Asystole,0\n")
    assert read_alarms(tmp_path) == {"v100s": ("Ventricular_Tachycardia", True), "a101l": ("Asystole", False)}
    with pytest.raises(TrainingError, match="name vfdb with --rhythms"):
        ventricular_rows(tmp_path, [tmp_path / "other"])
