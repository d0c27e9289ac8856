"""The gain of a part is estimated over patients, not over windows."""

import numpy as np
import pytest

from training.evaluation.ablation import ablation

PATIENTS, EACH = 20, 50


@pytest.fixture
def windows() -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    random = np.random.default_rng(0)
    record = np.repeat(np.arange(PATIENTS, dtype=np.int32), EACH)
    return random.random(len(record)) < 0.4, record, random


def test_a_better_score_is_distinguished_from_a_worse_one(
    windows: tuple[np.ndarray, np.ndarray, np.random.Generator],
) -> None:
    abnormal, record, random = windows
    good = abnormal + random.normal(0, 0.3, len(abnormal))
    poor = abnormal + random.normal(0, 2.0, len(abnormal))
    found = ablation({"good": good, "poor": poor}, abnormal, record)
    assert found.auroc["good"].low <= found.auroc["good"].value <= found.auroc["good"].high
    assert found.gain["poor"].low > 0.1
    assert set(found.gain) == {"poor"}
    assert found == ablation({"good": good, "poor": poor}, abnormal, record), "the same seed draws the same patients"


def test_one_patient_who_gains_all_is_no_proof(windows: tuple[np.ndarray, np.ndarray, np.random.Generator]) -> None:
    abnormal, record, random = windows
    plain = abnormal + random.normal(0, 1.0, len(abnormal))
    better = np.where(record == 3, 3.0 * abnormal, plain)
    found = ablation({"better": better, "plain": plain}, abnormal, record)
    assert found.gain["plain"].value > 0
    assert found.gain["plain"].low <= 0
