"""Parts that the networks of the study share: inputs by name, convolution blocks, the head."""

from collections.abc import Mapping
from typing import Any, Literal

import keras
from keras import layers

MOMENTUM = 0.9
"""Of batch normalisation; the default of Keras (0.99) needs more steps than a fit of a dozen epochs has."""


def signal_input(shapes: Mapping[str, tuple[int, ...]]) -> keras.KerasTensor:
    """The input ``signal``, shape (samples, leads)."""
    return keras.Input(shapes["signal"], name="signal")


def scaled(channels: int, width: float) -> int:
    """The number of channels times the factor of the settings, at least 1."""
    return max(1, round(channels * width))


def conv_block(
    x: Any, filters: int, kernel: int, strides: int = 1, *, relu: bool = True, gamma: Literal["ones", "zeros"] = "ones"
) -> Any:
    """Convolution, batch normalisation whose scale begins with ``gamma``, and, by default, ReLU."""
    x = layers.Conv1D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM, gamma_initializer=gamma)(x)
    return layers.ReLU()(x) if relu else x


def recurrent(x: Any, units: int) -> Any:
    """An LSTM in both directions: its last state of each direction, and the mean and maximum over its steps.

    Source: Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; Schuster and Paliwal 1997,
    doi:10.1109/78.650093.
    """
    forwards = layers.LSTM(units, return_sequences=True)(x)
    backwards = layers.LSTM(units, return_sequences=True, go_backwards=True)(x)
    last = [layers.Flatten()(layers.Cropping1D((x.shape[1] - 1, 0))(one)) for one in (forwards, backwards)]
    return layers.Concatenate()([*last, pooled(forwards), pooled(backwards)])


def pooled(x: Any) -> Any:
    """Mean and maximum over time."""
    return layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])


def with_features(x: Any, shapes: Mapping[str, tuple[int, ...]], inputs: list[Any]) -> Any:
    """``x`` joined with the input ``features`` where the task has one; the input is added to ``inputs``."""
    if "features" not in shapes:
        return x
    features = keras.Input(shapes["features"], name="features")
    inputs.append(features)
    return layers.Concatenate()([x, features])


def head(x: Any, n_classes: int, dropout: float, units: int = 64) -> Any:
    """A hidden layer and one logit a class."""
    x = layers.Dropout(dropout / 2)(layers.BatchNormalization(momentum=MOMENTUM)(x))
    x = layers.Dropout(dropout)(layers.Dense(units, activation="relu")(x))
    return layers.Dense(n_classes, name="logits")(x)
