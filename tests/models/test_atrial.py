"""The atrial network and its forest in one graph; needs TensorFlow."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from models.inputs import ATRIAL_BEATS, ATRIAL_COLUMNS, ATRIAL_MEASURES
from models.runtime import ServedNetwork
from wardbeat.ecg.features.atrial_beats import PRESENT
from wardbeat.errors import BundleError

pytestmark = pytest.mark.slow


def forest(column: int) -> lightgbm.Booster:
    """Separates positive from negative values of one measure."""
    rows = np.random.default_rng(column).normal(size=(400, len(ATRIAL_MEASURES))).astype(np.float32)
    data = lightgbm.Dataset(rows, rows[:, column] > 0)
    return lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 0}, data, 20)


def test_the_served_graph_is_the_weighted_mean_of_network_and_forest(tmp_path: Path) -> None:
    from models.atrial import MAX_DIFFERENCE, SHARE, build_atrial_network, export_atrial

    network, trees = build_atrial_network(), forest(3)
    assert export_atrial(network, trees, tmp_path) <= MAX_DIFFERENCE
    served = ServedNetwork("atrial", (tmp_path / "atrial.onnx").read_bytes(), "here")
    random = np.random.default_rng(0)
    features = random.uniform(size=(6, ATRIAL_BEATS, ATRIAL_COLUMNS)).astype(np.float32)
    features[:, :, PRESENT] = 1.0
    measures = random.normal(size=(6, len(ATRIAL_MEASURES))).astype(np.float32)
    p = served.run({"features": features, "measures": measures})["probabilities"]
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    by_network = network.predict({"features": features}, verbose=0)["probabilities"][:, 1]
    by_forest = np.asarray(trees.predict(measures))
    assert p[:, 1] == pytest.approx(SHARE * by_network + (1 - SHARE) * by_forest, abs=1e-5)


def test_rows_without_a_beat_give_finite_probabilities() -> None:
    """A new patient has fewer beats than rows."""
    from models.atrial import build_atrial_network

    network = build_atrial_network()
    features = np.random.default_rng(1).uniform(size=(4, ATRIAL_BEATS, ATRIAL_COLUMNS)).astype(np.float32)
    features[:, :, PRESENT] = 1.0
    features[:, :20] = 0.0
    p = network.predict({"features": features}, verbose=0)["probabilities"]
    assert np.isfinite(p).all()
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_graph_that_differs_from_its_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import atrial

    monkeypatch.setattr(atrial, "MAX_DIFFERENCE", -1.0)
    with pytest.raises(BundleError, match="network atrial with its forest: served and fitted outputs differ by"):
        atrial.export_atrial(atrial.build_atrial_network(), forest(3), tmp_path)
