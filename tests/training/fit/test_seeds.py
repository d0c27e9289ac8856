"""The same seed gives the same random numbers and weights."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # TensorFlow


def test_weights_depend_on_the_seed_only() -> None:
    import keras

    from training.fit.seeds import seed_everything

    def weights(seed: int) -> np.ndarray:
        seed_everything(seed)
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        drawn: np.ndarray = network.get_weights()[0]
        return drawn

    np.testing.assert_array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))
