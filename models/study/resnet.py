"""A small one-dimensional ResNet of the form xresnet: residual blocks, so that a deep network can be fitted.

Its parts are those of He et al. 2019 (arXiv:1812.01187): a stem of three convolutions, a shortcut that takes a mean
before its convolution, and blocks that begin as their shortcut. Strodthoff et al. 2021
(doi:10.1109/JBHI.2020.3022989) found this form the best on PTB-XL, in one dimension and with 101 layers; here it has
20 layers and fewer channels.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from models.study.parts import conv_block, head, pooled, scaled, signal_input, with_features

STEM = 32
"""Channels of each of the three convolutions of the stem."""
STAGES = (32, 48, 64, 96)
"""Channels of each stage; all but the first halve the time axis."""
BLOCKS = 2
"""Residual blocks in a stage."""
KERNEL = 5
UNITS = 128


def build_resnet(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """A ResNet with random weights: about 363,000 with 12 leads and 5 classes.

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
    for strides in (2, 1, 1):
        x = conv_block(x, scaled(STEM, width), KERNEL, strides=strides)
    x = layers.MaxPooling1D(3, strides=2, padding="same")(x)
    for stage, filters in enumerate(STAGES):
        for block in range(BLOCKS):
            x = _residual_block(x, scaled(filters, width), strides=2 if stage and not block else 1)
    x = with_features(pooled(x), shapes, inputs)
    return keras.Model(inputs, head(x, n_classes, dropout, UNITS), name="resnet")


def _residual_block(x: Any, filters: int, strides: int) -> Any:
    """Two convolutions whose result is added to the shortcut; the scale of the second begins with 0."""
    shortcut = layers.AveragePooling1D(2, padding="same")(x) if strides == 2 else x
    if shortcut.shape[-1] != filters:
        shortcut = conv_block(shortcut, filters, 1, relu=False)
    x = conv_block(x, filters, KERNEL, strides=strides)
    x = conv_block(x, filters, KERNEL, relu=False, gamma="zeros")
    return layers.ReLU()(layers.Add()([x, shortcut]))
