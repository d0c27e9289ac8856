"""What the atrial network and its forest are fitted on, and that they learn it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime import ServedNetwork
from tests.support.drawn_atrial_beats import beats_at
from wardbeat.ecg.features.atrial_beats import (
    BEATS,
    CHANGE,
    CHANGE_SCALE,
    LOG_RR,
    NEXT_CHANGE,
    PRESENT,
    RR_KNOWN,
)
from wardbeat.ecg.features.atrial_measures import atrial_measures
from wardbeat.ecg.reference import ReferenceRhythm

if TYPE_CHECKING:
    from training.fit.networks.atrial import AtrialRows


def stretches(n: int, seed: int = 0) -> "AtrialRows":
    """Half of the stretches are irregular without a P wave; each stands for a record."""
    from training.fit.networks.atrial import AtrialRows

    random = np.random.default_rng(seed)
    rows = []
    for index in range(n):
        wanted = random.integers(15, BEATS)
        regular = 0.8 + 0.02 * random.normal(size=wanted)
        irregular = np.clip(0.7 * np.exp(0.25 * random.normal(size=wanted)), 0.3, 2.0)
        rows.append(beats_at(irregular if index % 2 else regular, p_wave=0.0 if index % 2 else 0.15).rows)
    return AtrialRows(np.stack(rows), np.arange(n) % 2 == 1, np.arange(n, dtype=np.int32))


@given(st.integers(0, 2**32 - 1))
def test_an_augmented_stretch_is_a_valid_input(seed: int) -> None:
    from training.fit.networks.atrial import augment_stretches

    rows = stretches(6).features
    augmented = augment_stretches(rows, np.random.default_rng(seed))
    assert np.isfinite(augmented).all()
    there = augmented[:, :, PRESENT] > 0.0
    assert (there.sum(axis=1) >= 6).all()
    assert there[:, -1].all()
    assert not augmented[~there].any()
    assert (np.diff(there.astype(int), axis=1) >= 0).all()
    change = np.diff(augmented[:, :, LOG_RR], axis=1) * (augmented[:, 1:, RR_KNOWN] * augmented[:, :-1, RR_KNOWN])
    assert augmented[:, 1:, CHANGE] == pytest.approx(CHANGE_SCALE * change, abs=1e-5)
    assert augmented[:, :-1, NEXT_CHANGE] == pytest.approx(augmented[:, 1:, CHANGE])


def test_varying_leaves_what_it_was_given_alone() -> None:
    from training.fit.networks.atrial import augment_stretches

    rows = stretches(4).features
    before = rows.copy()
    augment_stretches(rows, np.random.default_rng(0))
    assert (rows == before).all()


def test_the_proportion_of_fibrillation_is_that_of_the_beats_in_the_stretch() -> None:
    from training.fit.networks.atrial import fibrillation_proportions

    features = np.stack([beats_at([1.0] * 40).rows] * 20)
    rhythms = [ReferenceRhythm(0, "(N"), ReferenceRhythm(50_000, "(AFIB"), ReferenceRhythm(90_000, "(AFL")]
    shares = fibrillation_proportions(features, rhythms, fs=1000.0)
    assert shares[8] == 0.0  # 45 s: all before it
    assert 0.4 < shares[14] < 0.8  # 75 s
    assert np.isnan(shares[19])  # 100 s: flutter is neither


@pytest.mark.slow
def test_network_and_forest_learn_and_are_served_as_they_were_fitted(tmp_path: Path) -> None:
    from models.atrial import export_atrial
    from training.fit.networks.atrial import AtrialSettings, fit_atrial_forest, fit_atrial_network

    fit, unseen = stretches(160), stretches(60, seed=1)
    settings = AtrialSettings(epochs=6, batch=16, rounds=20)
    network = fit_atrial_network(fit, settings=settings, seed=0, progress=lambda *_: None)
    forest = fit_atrial_forest(fit, settings=settings, seed=0)
    assert export_atrial(network, forest, tmp_path) < 1e-5
    served = ServedNetwork("atrial", (tmp_path / "atrial.onnx").read_bytes(), "test")
    measures = np.stack([atrial_measures(row) for row in unseen.features])
    p = served.run({"features": unseen.features, "measures": measures})["probabilities"]
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.mean((p[:, 1] > 0.5) == unseen.label) > 0.95
