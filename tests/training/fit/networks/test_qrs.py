"""A small fit: it learns, it can be interrupted, and it is the same again; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from training.data.qrs_records import QrsRecord, read_qrs_record
from training.evaluation.qrs_score import QrsScore, score_records, total
from wardbeat.ecg.io.excerpts import excerpts_folder
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
def test_a_fit_learns_and_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
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
def test_targets_tell_of_r_peaks_and_of_what_nobody_knows() -> None:
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


def test_a_record_is_read_as_the_monitor_hears_it(tmp_path: Path) -> None:
    with excerpts_folder() as folder:
        record = read_qrs_record(folder / "207")
        assert record.signal.shape[1] == LEADS
        assert record.signal.dtype == np.float32
        flutter = ~record.known
        assert flutter[: record.beats[0]].all()
        assert flutter.mean() > 0.05, "207 flutters"
        assert record.known[record.beats].mean() > 0.9


def test_scores_add_up() -> None:
    a, b = QrsScore(9, 1, 0), QrsScore(8, 0, 2)
    assert total([a, b]) == QrsScore(17, 1, 2)
    assert a.sensitivity == 0.9
    assert b.positive_predictivity == 0.8
    assert total([a, b]).f1 == pytest.approx(34 / 37)


@pytest.mark.slow
def test_the_shipped_network_finds_the_beats_of_a_record(shared_data: Path) -> None:
    from tests.support.shipped_qrs import shipped_qrs

    scores = score_records(shipped_qrs(), [shared_data / "mitdb" / "101", shared_data / "svdb" / "S001"])
    assert list(scores) == ["101", "S001"]
    assert scores["101"].hits + scores["101"].missed == 1523
    assert all(score.f1 > 0.99 for score in scores.values())
