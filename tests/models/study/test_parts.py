"""Parts that the networks of the study share; needs TensorFlow."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow


def test_channels_are_scaled_and_never_none() -> None:
    from models.study.parts import scaled

    assert [scaled(32, width) for width in (1.0, 0.5, 0.01)] == [32, 16, 1]


def test_features_are_joined_only_where_the_task_has_them() -> None:
    import keras

    from models.study.parts import with_features

    x = keras.Input((4,))
    inputs = [x]
    assert with_features(x, {"signal": (9, 1)}, inputs) is x
    assert with_features(x, {"features": (3,)}, inputs).shape == (None, 7)
    assert [one.name for one in inputs[1:]] == ["features"]


def test_a_block_may_begin_as_nothing() -> None:
    import keras

    from models.study.parts import conv_block

    signal = keras.Input((16, 2))
    rows = np.random.default_rng(0).normal(size=(3, 16, 2)).astype(np.float32)
    answered = [
        np.asarray(keras.Model(signal, conv_block(signal, 4, 3, relu=False, gamma=gamma))(rows))
        for gamma in ("ones", "zeros")
    ]
    assert np.abs(answered[0]).max() > 0.1
    assert not answered[1].any()


def test_a_recurrent_part_reads_in_both_directions() -> None:
    """What is in the first step reaches the last state of the backward LSTM, and what is in the last step the other."""
    import keras

    from models.study.parts import recurrent

    keras.utils.set_random_seed(0)
    steps = keras.Input((20, 2))
    network = keras.Model(steps, recurrent(steps, 3))
    assert network.output_shape == (None, 18)
    rows = np.zeros((3, 20, 2), np.float32)
    rows[1, 0], rows[2, -1] = 3.0, 3.0
    none, first, last = np.asarray(network(rows))
    forwards, backwards = slice(0, 3), slice(3, 6)
    assert np.abs(last - none)[forwards].max() > 10 * np.abs(first - none)[forwards].max()
    assert np.abs(first - none)[backwards].max() > 10 * np.abs(last - none)[backwards].max()
