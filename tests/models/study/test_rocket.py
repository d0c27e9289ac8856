"""The fixed convolutions of MiniRocket, their proportions, and the served form; needs TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

SHAPE = (64, 2)
FEATURES = 672


def signals(rows: int, seed: int = 0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, *shape)).cumsum(axis=1).astype(np.float32)


def features_network(rows: np.ndarray) -> Any:
    from models.study.rocket import build_rocket_features, rocket_kernels, set_thresholds

    shape = rows.shape[1:]
    kernels = rocket_kernels(shape, np.ones(shape[1], np.float32), np.random.default_rng(0))
    network = build_rocket_features(shape, kernels, FEATURES)
    set_thresholds(network, rows)
    return network


@given(st.integers(9, 5000))
def test_dilations_grow_from_one_and_span_half_of_the_signal_at_most(samples: int) -> None:
    from models.study.rocket import LENGTH, MOST_DILATIONS, dilations

    found = dilations(samples)
    assert found[0] == 1
    assert found == sorted(set(found))
    assert len(found) <= MOST_DILATIONS
    assert (LENGTH - 1) * found[-1] <= max(LENGTH - 1, 0.5 * (samples - 1) + 4)


def test_kernels_are_all_of_the_source_and_ignore_an_offset() -> None:
    from models.study.rocket import KERNELS, dilations, rocket_kernels

    kernels = rocket_kernels((131, 3), np.array([1.0, 2.0, 4.0], np.float32), np.random.default_rng(0))
    assert [(one.dilation, one.padding) for one in kernels] == [
        (dilation, padding) for dilation in dilations(131) for padding in ("same", "valid")
    ]
    of_first = np.concatenate([one.weights for one in kernels[:2]], axis=2)
    assert of_first.shape == (9, 3, KERNELS)
    assert np.abs(of_first.sum(axis=0)).max() == 0.0, "the weights of each kernel and lead have the sum 0"
    first_lead = of_first[:, 0]
    used = first_lead[:, first_lead.any(axis=0)]
    assert set(np.unique(used)) == {-1.0, 2.0}
    assert ((used == 2.0).sum(axis=0) == 3).all()
    assert np.unique(of_first[:, 2]).tolist() == [-0.25, 0.0, 0.5], "a lead is divided by its scale"
    shape_of = {tuple(np.sign(of_first[:, lead, kernel])) for kernel in range(KERNELS) for lead in range(3)}
    assert len(shape_of - {(0.0,) * 9}) == KERNELS


def test_features_are_proportions_of_time() -> None:
    """Against convolution and comparison in numpy, for the first kernels without padding."""
    rows = signals(4)
    network = features_network(rows)
    convolutions = [layer for layer in network.layers if type(layer).__name__ == "Conv1D"]
    above = [layer for layer in network.layers if type(layer).__name__ == "ProportionsAbove"]
    valid = next(at for at, layer in enumerate(convolutions) if layer.padding == "valid")
    weights, thresholds = convolutions[valid].get_weights()[0], above[valid].get_weights()[0]
    convolved = np.stack(
        [np.einsum("tl,tlk->k", row[at : at + 9], weights) for row in rows for at in range(len(row) - 8)]
    ).reshape(len(rows), -1, weights.shape[2])
    expected = (convolved[:, :, None, :] > thresholds).mean(axis=1).reshape(len(rows), -1)
    begin = sum(layer.per_channel * convolutions[at].filters for at, layer in enumerate(above[:valid]))
    answered = np.asarray(network([rows]))
    assert answered.shape[1] == FEATURES
    part = answered[:, begin : begin + expected.shape[1]]
    assert np.abs(part - expected).max() <= 1 / convolved.shape[1] + 1e-6, "one sample at most is near a threshold"
    assert (np.abs(part - expected) > 1e-6).mean() < 0.01
    assert 0.3 < answered.mean() < 0.7, "thresholds are quantiles"


def test_an_offset_has_no_effect_without_padding() -> None:
    rows = signals(3)
    network = features_network(rows)
    moved = np.asarray(network([rows + 2.0])) - np.asarray(network([rows]))
    assert (np.abs(moved) < 1e-6).mean() > 0.45


@pytest.mark.parametrize("shape", [(131, 2), (250, 12), (3000, 1)])
def test_it_takes_the_rows_of_each_task(shape: tuple[int, int]) -> None:
    rows = signals(2, shape=shape)
    answered = np.asarray(features_network(rows)([rows]))
    assert answered.shape[1] == pytest.approx(FEATURES, rel=0.4)
    assert answered.min() >= 0.0
    assert answered.max() <= 1.0


def test_the_whole_network_is_saved_and_served(tmp_path: Path) -> None:
    import keras

    from models.export import ignore_numpy_deprecations
    from models.study.rocket import build_rocket
    from tests.support.study_networks import served_difference

    network = features_network(signals(4))
    random = np.random.default_rng(1)
    weights = random.normal(size=(network.output_shape[-1], 3)).astype(np.float32)
    whole = build_rocket(network, weights, np.ones(3, np.float32))
    rows = signals(5, seed=2)
    expected = np.asarray(network([rows])) @ weights + 1.0
    assert np.asarray(whole([rows])) == pytest.approx(expected, abs=1e-4)
    with ignore_numpy_deprecations():
        whole.save(tmp_path / "rocket.keras")
        loaded = keras.models.load_model(tmp_path / "rocket.keras")
    np.testing.assert_array_equal(np.asarray(loaded([rows])), np.asarray(whole([rows])))
    assert served_difference(whole, tmp_path) < 0.2, "a sample at a threshold may fall on its other side"
