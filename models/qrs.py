"""The QRS network: a small causal convolution that reports R peaks a quarter of a second late.

A compiled kernel inside the signal path runs it (:mod:`wardbeat.ecg.qrs.network`), not ONNX Runtime: fifty outputs a
second and patient are too many to batch.
"""

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from wardbeat.ecg.qrs.network import (
    CHANNELS,
    DILATIONS,
    KERNEL,
    LAYERS,
    LEADS,
    N_TAPS,
    STEM_SAMPLES,
    STEP_SAMPLES,
    QrsNetwork,
)


def build_qrs_network() -> keras.Model:
    """A QRS network with random weights.

    Returns
    -------
    keras.Model
        Two leads at 250 Hz as :func:`wardbeat.ecg.qrs.network.normalise` makes them, (samples, 2), to the logarithm
        of the odds of an R peak, one for each ``STEP_SAMPLES`` samples, ``LOOK_AHEAD`` samples behind.
    """
    signal = keras.Input((None, LEADS), name="signal")
    x = layers.ZeroPadding1D((STEM_SAMPLES - STEP_SAMPLES, 0))(signal)
    x = layers.Conv1D(CHANNELS, STEM_SAMPLES, strides=STEP_SAMPLES, use_bias=False, name="conv0")(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name="norm0")(x))
    for layer, dilation in enumerate(DILATIONS, start=1):
        y = layers.Conv1D(
            CHANNELS, KERNEL, padding="causal", dilation_rate=dilation, use_bias=False, name=f"conv{layer}"
        )(x)
        y = layers.ReLU()(layers.BatchNormalization(momentum=0.95, name=f"norm{layer}")(y))
        x = layers.Add()([x, y])
    log_odds = layers.Conv1D(1, 1, name="log_odds")(x)
    return keras.Model(signal, log_odds, name="qrs")


def served_weights(network: keras.Model) -> QrsNetwork:
    """The weights as the kernel takes them, with the normalisations folded into the convolutions."""
    folded = [_folded(network, f"conv{layer}", f"norm{layer}") for layer in range(LAYERS)]
    head, head_bias = network.get_layer("log_odds").get_weights()
    return QrsNetwork(
        layers=np.stack([weights for weights, _ in folded]),
        biases=np.stack([bias for _, bias in folded]),
        head=np.append(head[0, :, 0], head_bias).astype(np.float32),
    )


def _folded(network: keras.Model, convolution: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    (weights,) = network.get_layer(convolution).get_weights()
    layer = network.get_layer(norm)
    gamma, beta, mean, variance = layer.get_weights()
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return (weights * scale).reshape(N_TAPS, CHANNELS).astype(np.float32), (beta - mean * scale).astype(np.float32)
