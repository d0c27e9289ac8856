"""Convolutions that find waves, then an LSTM over their order in time.

Source: Oh et al. 2018 (doi:10.1016/j.compbiomed.2018.06.002), who classified stretches of mitdb by this form;
convolutions here have batch normalisation, and the LSTM reads in both directions.
"""

from collections.abc import Mapping

import keras

from models.study.parts import conv_block, head, recurrent, scaled, signal_input, with_features

LAYERS = ((32, 7), (48, 5), (64, 5))
"""Channels and kernel of the first layers; each halves the time axis. More layers are as the last."""
MOST_STEPS = 64
"""Layers are added until the LSTM has at most so many steps."""
UNITS = 64
"""Of the LSTM, in each direction."""


def build_cnn_lstm(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """A CNN with an LSTM and random weights: about 119,000 with 12 leads and 5 classes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        ``signal`` (samples, leads), and ``features`` (n,) if the task has them.
    n_classes : int
    width : float
        Factor on the channels and units.
    dropout : float
    """
    signal = signal_input(shapes)
    inputs, x = [signal], signal
    for filters, kernel in LAYERS:
        x = conv_block(x, scaled(filters, width), kernel, strides=2)
    while x.shape[1] > MOST_STEPS:
        x = conv_block(x, scaled(LAYERS[-1][0], width), LAYERS[-1][1], strides=2)
    x = with_features(recurrent(x, scaled(UNITS, width)), shapes, inputs)
    return keras.Model(inputs, head(x, n_classes, dropout), name="cnn-lstm")
