"""The autoencoder, the scale of its normal errors, and the head; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from training.data.capture import WindowRows
from training.data.noise import noise_signals

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras saves as before numpy 2
]

WIDTH, BATCH = 8, 16
ROWS = 64


def window_rows(seed: int = 0) -> WindowRows:
    """Windows with a little noise; the last quarter has a strange beat, the one before it an early one."""
    random = np.random.default_rng(seed)
    inputs = {
        name: random.normal(0, 0.05, (ROWS, *shape)).astype(np.float32)
        for name, shape in INPUT_SHAPES["window"].items()
    }
    inputs["log_rr"] = np.repeat(random.normal(0, 0.05, (ROWS, 1, 1)), 625, axis=1).astype(np.float32)
    quarter = ROWS // 4
    inputs["signal"][-quarter:, 300:330] += 1.0
    inputs["log_rr"][-2 * quarter : -quarter, 200:260] -= 0.5
    abnormal = np.arange(ROWS) >= ROWS - 2 * quarter
    return WindowRows(inputs, abnormal, ~abnormal, np.zeros(ROWS, np.int32), np.arange(ROWS, dtype=np.float64))


def fitted(backup: Path | None, stop_after: int | None = None) -> tuple[list[str], list[bytes], WindowRows]:
    from models.window import WindowSettings
    from training.fit.networks.window import fit_autoencoder

    reported: list[str] = []

    def progress(stage: str, done: int, total: int, note: str = "") -> None:
        reported.append(f"{stage} {done}/{total} {note}")

    def stopping(stage: str, done: int, total: int, note: str = "") -> None:
        progress(stage, done, total, note)
        if done == stop_after:
            raise KeyboardInterrupt

    rows = window_rows()
    settings = WindowSettings(width=WIDTH, batch=BATCH, epochs=3)
    noise = noise_signals(None, np.random.default_rng(0))
    report = stopping if stop_after else progress
    network = fit_autoencoder(rows, rows, noise, settings=settings, seed=3, progress=report, backup=backup)
    return reported, [array.tobytes() for array in network.get_weights()], rows


def test_an_interrupted_fit_resumes_to_the_same_weights(tmp_path: Path) -> None:
    reported, whole, _ = fitted(None)
    assert [line.split()[1] for line in reported] == ["1/3", "2/3", "3/3"]
    with pytest.raises(KeyboardInterrupt):
        fitted(tmp_path / "backup", stop_after=2)
    reported, resumed, _ = fitted(tmp_path / "backup")
    assert reported[0].split()[1] in {"2/3", "3/3"}
    assert resumed == whole


def test_an_unknown_waveform_has_a_large_reconstruction_error() -> None:
    from models.window import WindowSettings
    from training.fit.networks.window import fit_autoencoder, fit_error_scale, window_log_errors

    rows = window_rows()
    settings = WindowSettings(width=WIDTH, batch=BATCH, epochs=20)
    noise = noise_signals(None, np.random.default_rng(0))
    network = fit_autoencoder(rows, None, noise, settings=settings, seed=3, progress=lambda *_: None)
    errors = window_log_errors(rows.inputs, network)
    parts = fit_error_scale(errors, rows.normal).parts(errors)
    strange, early = slice(48, 64), slice(32, 48)
    assert parts[strange, 0].min() > 1.0
    assert parts[early, 1].min() > 1.0
    assert (parts[rows.normal] == 0.0).mean() == 0.5


def test_the_head_is_calibrated_and_an_error_never_speaks_for_a_window() -> None:
    from models.window import HEAD_FEATURES
    from training.fit.networks.window import fit_head

    random = np.random.default_rng(2)
    x = random.normal(size=(4000, len(HEAD_FEATURES))).astype(np.float32)
    truth = random.random(4000) < 1 / (1 + np.exp(-(2.0 * x[:, 0] - x[:, 1] + x[:, 2] - 1.0)))
    head = fit_head(x, truth)
    assert head.weights[1] == 0.0
    assert head.weights[0] > 1.0
    p = head.probability(x)
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (p >= low) & (p < low + 0.2)
        assert truth[inside].mean() == pytest.approx(p[inside].mean(), abs=0.06)
