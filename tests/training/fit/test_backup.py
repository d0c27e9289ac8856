"""A backup has the whole state of a fit."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # TensorFlow


def test_a_restored_network_continues_as_the_one_that_was_saved(tmp_path: Path) -> None:
    import keras

    from training.fit.backup import back_up, restore

    def new() -> keras.Model:
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5)])
        network.compile("adam", "mse")
        return network

    x, y = np.ones((4, 3), np.float32), np.zeros((4, 2), np.float32)
    network, other = new(), new()
    assert restore(other, tmp_path) == 0
    network.train_on_batch(x, y)
    back_up(network, tmp_path / "backup", 1)
    back_up(network, tmp_path / "backup", 2)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["backup.npz"]
    assert restore(other, tmp_path / "backup") == 2
    for _ in range(3):
        assert float(network.train_on_batch(x, y)) == float(other.train_on_batch(x, y))
    for saved, restored in zip(network.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(saved, restored)
