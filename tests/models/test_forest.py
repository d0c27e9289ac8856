"""Served forests give the probabilities of LightGBM."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from models.forest import BASELINE_S, export_ventricular
from models.inputs import BASELINE_FROM_S, VENTRICULAR_FEATURES
from models.runtime import ServedNetwork
from wardbeat.errors import BundleError


def forest(seed: int, column: int) -> lightgbm.Booster:
    """Tells whether a column is positive."""
    rows = np.random.default_rng(seed).normal(size=(400, len(VENTRICULAR_FEATURES))).astype(np.float32)
    data = lightgbm.Dataset(rows, rows[:, column] > 0)
    return lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 0}, data, 20)


def test_one_forest_is_for_patients_without_a_baseline_and_the_other_with_one(tmp_path: Path) -> None:
    unknown, known = forest(0, 3), forest(1, 4)
    assert export_ventricular(unknown, known, tmp_path) < 1e-5
    network = ServedNetwork("ventricular", (tmp_path / "ventricular.onnx").read_bytes(), "here")
    rows = np.zeros((4, len(VENTRICULAR_FEATURES)), np.float32)
    rows[:, 3], rows[:, 4] = [2, 2, -2, -2], [-2, -2, 2, 2]
    rows[:, BASELINE_S] = [BASELINE_FROM_S - 1, BASELINE_FROM_S] * 2
    p = network.run({"features": rows})["probabilities"]
    assert p.sum(axis=1) == pytest.approx(1)
    assert (p[:, 1] > 0.5).tolist() == [True, False, False, True]


def test_a_forest_whose_two_forms_differ_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.forest.MAX_DIFFERENCE", -1.0)
    with pytest.raises(BundleError, match="network ventricular: served and fitted outputs differ"):
        export_ventricular(forest(0, 3), forest(1, 4), tmp_path)
