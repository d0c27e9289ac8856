"""A small fit learns, resumes after an interruption, and repeats; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from training.data.qrs_records import QrsRecord
from wardbeat.ecg.qrs.network import LEADS
from wardbeat.ecg.synthetic import Rhythm, synthetic_record

RHYTHMS: tuple[Rhythm, ...] = ("sinus", "pvc", "af")


def synthetic_records() -> list[QrsRecord]:
    records = []
    for rhythm in RHYTHMS:
        record = synthetic_record(rhythm, 60, seed=3)
        signal, known = record.p_signal.T.astype(np.float32), np.ones(record.n_samples, np.bool_)
        records.append(QrsRecord(rhythm, signal, np.array([beat.sample for beat in record.beats]), known))
    return records


@pytest.mark.slow
def test_a_fit_learns_and_resumes_after_an_interruption(tmp_path: Path) -> None:
    from training.data.noise import noise_signals
    from training.fit.networks.qrs import QrsSettings, fit_qrs_network

    settings = QrsSettings(epochs=3, steps=4, batch=4, stretch_s=6.0)
    noise = noise_signals(None, np.random.default_rng(0), 250)
    reported: list[tuple[int, str]] = []

    def fit(backup: Path | None, stop_after: int = 99) -> list[np.ndarray]:
        def progress(stage: str, done: int, total: int, note: str = "") -> None:
            reported.append((done, note))
            if done == stop_after:
                raise KeyboardInterrupt

        network = fit_qrs_network(
            synthetic_records(), noise, settings=settings, seed=5, progress=progress, backup=backup
        )
        assert not network.compiled, "what is shipped needs no loss to be loaded"
        return list(network.get_weights())

    whole = fit(None)
    losses = [float(note.split()[1]) for _, note in reported]
    assert losses[-1] < losses[0]
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, stop_after=2)
    reported.clear()
    resumed = fit(tmp_path)
    assert [done for done, _ in reported] == [3], "two epochs were not fitted again"
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_targets_mark_r_peaks_and_parts_without_annotations() -> None:
    from training.data.augment_qrs import Stretch
    from training.fit.networks.qrs import NOT_KNOWN, targets
    from wardbeat.ecg.qrs.network import LOOK_AHEAD, STEP_SAMPLES

    known = np.ones(2000, np.bool_)
    known[1500:] = False
    target = targets(Stretch(np.zeros((2000, LEADS), np.float32), np.array([100, 1000]), known))[:, 0]
    assert len(target) == 2000 // STEP_SAMPLES
    beat = np.flatnonzero(target == 1.0) * STEP_SAMPLES - LOOK_AHEAD
    assert 985 <= beat.min() < 1000 < beat.max() <= 1015, "the beat in the first two seconds is not learnt"
    assert (target[: 500 // STEP_SAMPLES] == NOT_KNOWN).all()
    assert (target[-(500 - LOOK_AHEAD) // STEP_SAMPLES :] == NOT_KNOWN).all()


@pytest.mark.slow
def test_settings_are_suggested_within_their_limits() -> None:
    from training.fit.networks.qrs import QrsSettings, suggest

    class Lowest:
        def suggest_float(self, name: str, low: float, high: float, **_: object) -> float:
            return low

        def suggest_categorical(self, name: str, choices: list[int]) -> int:
            return choices[0]

    assert suggest(Lowest()) != QrsSettings()
    assert suggest(Lowest()).epochs == QrsSettings().epochs
