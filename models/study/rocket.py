"""MiniRocket: fixed convolutions, and the proportion of time for which each lies above some thresholds.

Source: Dempster et al. 2021, doi:10.1145/3447548.3467231, and for several leads its multivariate form. The 84 kernels
have nine weights, three of them 2 and six −1. Each is applied with several dilations; half of the results without
padding. A kernel takes a few random leads. Nothing is fitted but the thresholds, which are quantiles of the results on
some rows, and the logits over the proportions.

The signal isn't centred: the weights of a kernel have the sum 0, so an offset has no effect.
"""

from itertools import combinations
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from models.study.parts import signal_input

LENGTH, HIGH = 9, 3
"""Weights of a kernel, and how many of them are 2."""
KERNELS = 84
"""The ways to choose three of nine."""
FEATURES = 10_080
"""About as many as in the source, for any length of the signal."""
MOST_DILATIONS = 8
MOST_LEADS = 9
"""Of one kernel."""
GOLDEN = (np.sqrt(5.0) + 1.0) / 2.0
"""Its multiples modulo 1 are spread evenly: the quantiles of the thresholds."""


class RocketKernels(NamedTuple):
    """The convolutions of one dilation and one padding.

    Attributes
    ----------
    dilation : int
    padding : str
        ``same`` or ``valid``.
    weights : ndarray, shape (LENGTH, leads, KERNELS // 2)
    """

    dilation: int
    padding: str
    weights: NDArray[np.float32]


@keras.saving.register_keras_serializable("wardbeat")
class ProportionsAbove(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The proportion of time for which each channel is above each of its thresholds: ``per_channel`` thresholds."""

    def __init__(self, per_channel: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.per_channel = per_channel

    def build(self, input_shape: tuple[int, ...]) -> None:
        """One threshold a channel and row of ``thresholds``."""
        self.thresholds = self.add_weight(
            shape=(self.per_channel, input_shape[-1]), initializer="zeros", trainable=False, name="thresholds"
        )

    def call(self, x: Any) -> Any:
        """From (rows, samples, channels) to (rows, per_channel · channels)."""
        # One threshold at a time: all at once need fifteen times the memory, and are slower.
        parts = [ops.mean(ops.cast(x > self.thresholds[index], x.dtype), axis=1) for index in range(self.per_channel)]
        return ops.concatenate(parts, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What Keras needs to build the layer again."""
        return {**super().get_config(), "per_channel": self.per_channel}


def dilations(samples: int) -> list[int]:
    """Dilations from 1 on, evenly spaced in their logarithm; a kernel spans at most half of the signal."""
    largest = max(1.0, (samples - 1) / (LENGTH - 1) / 2)
    return sorted({round(float(dilation)) for dilation in 2 ** np.linspace(0.0, np.log2(largest), MOST_DILATIONS)})


def rocket_kernels(
    shape: tuple[int, ...], scale: NDArray[np.float32], random: np.random.Generator
) -> list[RocketKernels]:
    """The convolutions for a signal of (samples, leads).

    Parameters
    ----------
    shape : tuple of int
    scale : ndarray, shape (leads,)
        Each lead is divided by it, so that leads of different amplitude have the same weight.
    random : Generator
        Chooses the leads of each kernel.
    """
    samples, leads = shape
    shapes = np.full((KERNELS, LENGTH), -1.0, np.float32)
    for kernel, high in enumerate(combinations(range(LENGTH), HIGH)):
        shapes[kernel, list(high)] = 2.0
    convolutions = []
    for index, dilation in enumerate(dilations(samples)):
        taken = np.zeros((KERNELS, leads), np.float32)
        for kernel in range(KERNELS):
            n = int(2 ** random.uniform(0.0, np.log2(min(leads, MOST_LEADS) + 1)))
            taken[kernel, random.choice(leads, n, replace=False)] = 1.0
        weights = np.einsum("kt,kl->tlk", shapes, taken / scale)
        for part, padding in enumerate(("same", "valid")):
            convolutions.append(RocketKernels(dilation, padding, weights[:, :, (part + index) % 2 :: 2]))
    return convolutions


def build_rocket_features(
    shape: tuple[int, ...], convolutions: list[RocketKernels], n_features: int = FEATURES
) -> keras.Model:
    """The network from ``signal`` to about ``n_features`` proportions; its thresholds are 0 until they are set."""
    signal = signal_input({"signal": shape})
    per_channel = max(1, round(n_features / sum(one.weights.shape[-1] for one in convolutions)))
    parts = []
    for one in convolutions:
        convolution = layers.Conv1D(
            one.weights.shape[-1],
            LENGTH,
            dilation_rate=one.dilation,
            padding=one.padding,
            use_bias=False,
            trainable=False,
        )
        convolved = convolution(signal)
        convolution.set_weights([one.weights])
        parts.append(ProportionsAbove(per_channel)(convolved))
    return keras.Model([signal], layers.Concatenate()(parts), name="rocket_features")


def set_thresholds(features: keras.Model, rows: NDArray[np.float32]) -> None:
    """Set the thresholds to quantiles of what each kernel gives on some rows, shape (rows, samples, leads)."""
    above = [layer for layer in features.layers if isinstance(layer, ProportionsAbove)]
    position = 0
    for layer in above:
        convolved = ops.convert_to_numpy(keras.Model(features.inputs, layer.input)([rows]))
        values = convolved.reshape(-1, convolved.shape[-1])
        thresholds = np.empty((layer.per_channel, values.shape[-1]), np.float32)
        for channel in range(values.shape[-1]):
            order = (position + np.arange(1, layer.per_channel + 1)) * GOLDEN % 1.0
            thresholds[:, channel] = np.quantile(values[:, channel], order)
            position += layer.per_channel
        layer.set_weights([thresholds])


def build_rocket(
    features: keras.Model, weights: NDArray[np.float32], bias: NDArray[np.float32], name: str = "rocket"
) -> keras.Model:
    """The whole network, from ``signal`` to ``logits``.

    Parameters
    ----------
    features : keras.Model
        From :func:`build_rocket_features`.
    weights, bias : ndarray, shape (features, classes) and (classes,)
        Of the logits.
    """
    logits = layers.Dense(len(bias), name="logits")
    network = keras.Model(features.inputs, logits(features.output), name=name)
    logits.set_weights([weights, bias])
    return network
