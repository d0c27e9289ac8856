"""A plain one-dimensional convolutional network: five layers, each halves the time axis.

The form is that of the first networks for patient-specific beats (Kiranyaz et al. 2016,
doi:10.1109/TBME.2015.2468589), with batch normalisation and pooling over time.
"""

from collections.abc import Mapping

import keras

from models.study.parts import conv_block, head, pooled, scaled, signal_input, with_features

LAYERS = ((32, 7), (48, 5), (64, 5), (96, 5), (128, 5))
"""Channels and kernel of each layer."""


def build_cnn(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """A CNN with random weights: about 137,000 with 12 leads and 5 classes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        ``signal`` (samples, leads), and ``features`` (n,) if the task has them.
    n_classes : int
    width : float
        Factor on the channels.
    dropout : float
    """
    signal = signal_input(shapes)
    inputs, x = [signal], signal
    for filters, kernel in LAYERS:
        x = conv_block(x, scaled(filters, width), kernel, strides=2)
    x = with_features(pooled(x), shapes, inputs)
    return keras.Model(inputs, head(x, n_classes, dropout), name="cnn")
