"""The network of the beat classifier; needs TensorFlow."""

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from wardbeat.contracts.messages import SYMBOLS

pytestmark = pytest.mark.slow


def test_an_unfitted_network_gives_probabilities_that_sum_to_one() -> None:
    from models.beat import build_beat_network

    random = np.random.default_rng(0)
    inputs = {name: random.normal(size=(5, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    p = build_beat_network().predict(inputs, verbose=0)["probabilities"]
    assert p.shape == (5, len(SYMBOLS))
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_network_has_about_45_000_weights_and_depends_on_both_inputs() -> None:
    from models.beat import build_beat_network

    network = build_beat_network()
    assert network.count_params() == pytest.approx(45_000, rel=0.1)
    random = np.random.default_rng(1)
    inputs = {name: random.normal(size=(8, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    before = network.predict(inputs, verbose=0)["probabilities"]
    for name in inputs:
        changed = network.predict(inputs | {name: inputs[name][::-1]}, verbose=0)["probabilities"]
        assert np.abs(changed - before).max() > 1e-4, name
