"""A recurrent network without convolutions: an LSTM over the beats of a sequence, or over stretches of the signal.

Source: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from models.study.parts import head, recurrent, scaled, signal_input, with_features

UNITS = 64
"""Of the LSTM, in each direction."""
CHANNELS = 48
"""Numbers that describe a stretch of the signal."""
MOST_STEPS = 64
"""A longer signal is shortened to at most so many steps: an LSTM forgets, and costs time, with each step."""


def build_lstm(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """An LSTM with random weights: about 89,000 with 12 leads and 5 classes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        ``sequence`` (beats, n); without it ``signal`` (samples, leads). And ``features`` (n,) if the task has them.
    n_classes : int
    width : float
        Factor on the units.
    dropout : float
    """
    if "sequence" in shapes:
        steps = keras.Input(shapes["sequence"], name="sequence")
        inputs = [steps]
    else:
        inputs = [signal_input(shapes)]
        steps = _stretches(inputs[0], scaled(CHANNELS, width))
    x = with_features(recurrent(steps, scaled(UNITS, width)), shapes, inputs)
    return keras.Model(inputs, head(x, n_classes, dropout), name="lstm")


def _stretches(signal: Any, channels: int) -> Any:
    """One linear map of each stretch of the signal; stretches overlap by half."""
    samples = signal.shape[1]
    stride = -(-samples // MOST_STEPS)
    return layers.Conv1D(channels, 2 * stride, strides=stride, padding="same")(signal)
