"""A small one-dimensional GoogLeNet: modules whose convolutions see a short, a middle and a long stretch at once.

The module is that of InceptionTime (Ismail Fawaz et al. 2020, doi:10.1007/s10618-020-00710-y): a bottleneck, three
kernels side by side, and a pooled branch, with a shortcut around the modules of a group. The pooling between groups is
that of GoogLeNet (Szegedy et al. 2015, doi:10.1109/CVPR.2015.7298594); it makes the network cheap, and lets each group
see twice as far as the one before.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from models.study.parts import MOMENTUM, conv_block, head, pooled, scaled, signal_input, with_features

STEM = 32
GROUPS = (16, 24, 32)
"""Channels of each branch of a module, by group; a module has four branches."""
MODULES = 2
"""Modules in a group."""
KERNELS = (5, 11, 21)
"""Half of InceptionTime's 10, 20 and 40, as the stem has halved the time axis; odd, so that they are centred."""
UNITS = 128


def build_inception(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.3
) -> keras.Model:
    """A GoogLeNet with random weights: about 224,000 with 12 leads and 5 classes.

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
    inputs, x = [signal], conv_block(signal, scaled(STEM, width), 7, strides=2)
    for filters in GROUPS:
        x = _group(layers.MaxPooling1D(3, strides=2, padding="same")(x), scaled(filters, width))
    x = with_features(pooled(x), shapes, inputs)
    return keras.Model(inputs, head(x, n_classes, dropout, UNITS), name="inception")


def _group(x: Any, filters: int) -> Any:
    """Modules with a shortcut around them."""
    shortcut = conv_block(x, (len(KERNELS) + 1) * filters, 1, relu=False)
    for _ in range(MODULES):
        x = _module(x, filters)
    return layers.ReLU()(layers.Add()([x, shortcut]))


def _module(x: Any, filters: int) -> Any:
    narrow = layers.Conv1D(filters, 1, use_bias=False)(x)
    branches = [layers.Conv1D(filters, kernel, padding="same", use_bias=False)(narrow) for kernel in KERNELS]
    highest = layers.MaxPooling1D(3, strides=1, padding="same")(x)
    branches.append(layers.Conv1D(filters, 1, use_bias=False)(highest))
    x = layers.BatchNormalization(momentum=MOMENTUM)(layers.Concatenate()(branches))
    return layers.ReLU()(x)
