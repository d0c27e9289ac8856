"""A label for every sample from its short context: dilated convolutions that keep the time axis.

The form is that of a temporal convolutional network with residual, dilated convolutions (Bai et al. 2018,
arXiv:1803.01271), here with as much context after a sample as before it. A sample sees ``FIELD`` samples around it:
1.0 s at 125 Hz. So the network knows the shape of a beat, and of the beat before only if that is very close.
"""

from collections.abc import Mapping

import keras
from keras import layers

from models.study.parts import MOMENTUM, conv_block, scaled, signal_input

CHANNELS = 40
STEM_KERNEL = 7
KERNEL = 5
DILATIONS = (1, 2, 4, 8)
STRIDE = 2
"""The stem halves the rate: QRS complexes have little above 30 Hz, and each layer costs half."""
FIELD = STEM_KERNEL + STRIDE * (KERNEL - 1) * sum(DILATIONS)
"""Samples that determine a label: 127."""
MARGIN = FIELD // 2
"""Samples at either end of the signal that have no label, because their context is not complete."""


def build_time_instant(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """A time-instant classifier with random weights: about 34,000 with two leads and 5 classes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        ``signal`` (samples, leads). The output ``logits`` has the shape (samples − 2 × ``MARGIN``, classes).
    n_classes : int
    width : float
        Factor on the channels.
    dropout : float
        Of whole channels.
    """
    samples = shapes["signal"][0]
    channels = scaled(CHANNELS, width)
    signal = signal_input(shapes)
    x = conv_block(signal, channels, STEM_KERNEL, strides=STRIDE)
    for dilation in DILATIONS:
        added = layers.Conv1D(channels, KERNEL, dilation_rate=dilation, padding="same", use_bias=False)(x)
        added = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(added))
        x = layers.Add()([x, added])
    x = layers.SpatialDropout1D(dropout / 2)(x)
    x = layers.Conv1D(channels, 1, activation="relu")(x)
    # Each step has the labels of two samples, so the output has the full rate again.
    steps = layers.Conv1D(STRIDE * n_classes, 1)(x)
    every_sample = layers.Reshape((STRIDE * steps.shape[1], n_classes))(steps)
    after = every_sample.shape[1] - (samples - 2 * MARGIN) - MARGIN
    logits = layers.Cropping1D((MARGIN, after), name="logits")(every_sample)
    return keras.Model([signal], logits, name="time-instant")
