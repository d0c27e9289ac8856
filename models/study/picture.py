"""A two-dimensional convolutional network over the picture of a beat.

The form is that of the first networks for pictures of beats (Jun et al. 2018, arXiv:1804.06812), with fewer channels
and strides instead of most of its pooling. Keras's augmentation layers stand in front: a fit sees each picture shifted,
turned, stretched and with another contrast; a network in use does not change its picture.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from models.study.parts import MOMENTUM

LAYERS = ((24, 5, 2), (48, 3, 2), (72, 3, 2), (96, 3, 1))
"""Channels, kernel and stride of each convolution."""
SHIFT = 0.03
TURN = 0.004
"""Of a full circle: 1.4°. The drawings themselves are turned and cut at random, so that little is left to do here."""
STRETCH = 0.03
CONTRAST = 0.1
UNITS = 96


def build_picture_network(
    shapes: Mapping[str, tuple[int, ...]], n_classes: int, *, width: float = 1.0, dropout: float = 0.4
) -> keras.Model:
    """A network with random weights: about 330,000 for pictures of 64 × 96 points and 8 classes.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        ``picture`` (rows, columns, 1): ink from 0 to 1, as :func:`models.pictures.read_ink` gives it.
    n_classes : int
    width : float
        Factor on the channels.
    dropout : float
    """
    picture = keras.Input(shapes["picture"], name="picture")
    x = _augmented(picture)
    for filters, kernel, stride in LAYERS:
        x = layers.Conv2D(round(filters * width), kernel, strides=stride, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    x = layers.Dense(UNITS, activation="relu")(layers.Dropout(dropout)(x))
    x = layers.Dense(n_classes, name="logits")(layers.Dropout(dropout)(x))
    return keras.Model([picture], x, name="picture-cnn")


def _augmented(picture: Any) -> Any:
    """The picture as the fit sees it; paper, 0, fills what moves into the picture."""
    x = layers.RandomTranslation(SHIFT, SHIFT, fill_mode="constant")(picture)
    x = layers.RandomRotation(TURN, fill_mode="constant")(x)
    x = layers.RandomZoom(STRETCH, STRETCH, fill_mode="constant")(x)
    return layers.RandomContrast(CONTRAST, value_range=(0.0, 1.0))(x)
