"""Thresholds and figures of the combined detector, and the folders of the bundles."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES

pytestmark = pytest.mark.slow  # TensorFlow


def windows(n: int, *, t_s: float) -> object:
    """Half of the windows are abnormal; their errors and ectopic probabilities are larger."""
    from models.window import PARTS
    from training.data.capture import WindowRows
    from training.fit.bundles import Windows

    random = np.random.default_rng(0)
    abnormal = np.arange(n) % 2 == 1
    inputs = {
        name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["window"].items()
    }
    errors = random.normal(size=(n, len(PARTS))).astype(np.float32) + 3 * abnormal[:, None]
    fold = np.array([str(index % 4) for index in range(n // 2) for _ in range(2)])
    rows = WindowRows(inputs, abnormal, ~abnormal, fold.astype(np.int32), np.full(n, t_s))
    return Windows(rows, errors.astype(np.float32), fold)


def test_the_thresholds_separate_normal_windows_and_errors_have_an_area() -> None:
    from training.fit.bundles import window_figures

    thresholds, figures = window_figures(windows(400, t_s=600.0))  # type: ignore[arg-type]
    assert figures["auroc_combined"] > 0.9
    assert figures["auroc_autoencoder_low"] < figures["auroc_autoencoder"] <= figures["auroc_autoencoder_high"]
    assert 0.05 <= thresholds.anomaly_p_abnormal <= 0.95
    assert 0 < figures["sensitivity_at_threshold"] <= 1


def test_records_that_are_all_learning_time_have_no_figures() -> None:
    from training.fit.bundles import window_figures

    thresholds, figures = window_figures(windows(400, t_s=60.0))  # type: ignore[arg-type]
    assert figures == {}
    assert (thresholds.anomaly_p_abnormal, thresholds.normal_error_q99) == (0.5, 1.0)


def test_a_bundle_gets_each_network_from_its_fold(tmp_path: Path) -> None:
    from models.bundle import HASHED_FILES
    from training.fit.bundles import FoldPair, _copy_networks

    for network in ("qrs", "beat", "ventricular", "atrial"):
        for fold in ("0", "all"):
            (tmp_path / network / fold).mkdir(parents=True)
            for name in HASHED_FILES:
                (tmp_path / network / fold / name).write_text(fold)
    (tmp_path / "out").mkdir()
    _copy_networks(tmp_path, FoldPair(patients="all", rhythms="0"), tmp_path / "out")
    folds = {path.name.partition(".")[0]: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert folds == {"qrs": "all", "beat": "all", "ventricular": "0", "atrial": "0"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        name for name in HASHED_FILES if not name.startswith("window.")
    }
