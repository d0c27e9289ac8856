"""The network over pictures of beats; needs TensorFlow."""

import numpy as np
import pytest

from models.pictures import HEIGHT, WIDTH

pytestmark = pytest.mark.slow


def test_it_has_the_size_that_its_docstring_states() -> None:
    from models.study.picture import build_picture_network

    network = build_picture_network({"picture": (HEIGHT, WIDTH, 1)}, 9)
    assert network.count_params() == pytest.approx(340_000, rel=0.1)
    assert [tensor.name for tensor in network.inputs] == ["picture"]


def test_a_network_in_use_does_not_change_its_picture() -> None:
    from models.study.picture import build_picture_network

    network = build_picture_network({"picture": (32, 48, 1)}, 3, width=0.25)
    picture = np.random.default_rng(0).random((2, 32, 48, 1)).astype(np.float32)
    first, second = (np.asarray(network([picture], training=False)) for _ in range(2))
    assert first.shape == (2, 3)
    assert np.array_equal(first, second)
    assert not np.allclose(np.asarray(network([picture], training=True)), first), "augmentation and dropout"
