"""The combined detector of 5 s windows: an autoencoder that knows normal ECG only, and a head that weighs its error.

The autoencoder is fitted on normal windows, so what it can't rebuild is unusual. The head sees how large that error
is, how much larger than this patient's own, and what the beat classifier said of the beats within.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from models.inputs import WINDOW_FEATURES, WINDOW_LEADS, WINDOW_SAMPLES

CODE_SIZE = 8
"""Channels of the narrowest layer, 25 steps long: 200 numbers for 1,250 samples."""
ERROR_FLOOR = 1e-6
"""Least error that a logarithm is taken of, as in the monitor's baseline; a flat window is rebuilt exactly."""
BASELINE = WINDOW_FEATURES.index("baseline_log_error")
"""The last of the window's features; 0 while the patient's own is not known, and then not compared with."""
REGISTER = 16
"""Row length of what goes through log and sigmoid.

ONNX Runtime computes whole SIMD registers and what is left over by different code, and sums rows by code that depends
on where they lie in memory. Copies that fill registers, a pooling for a mean and a convolution for a product of
matrices go row by row, so that a window gets the same bits in any batch.
"""
HEAD_FEATURES = ("log_error", "log_error_over_baseline", *WINDOW_FEATURES[:BASELINE])


class Head(NamedTuple):
    """Logistic weights over standardised ``HEAD_FEATURES``: p = sigmoid(weights · (x − mean) / scale + bias)."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float


def build_autoencoder() -> keras.Model:
    """An autoencoder of windows with random weights: ``signal`` in, ``reconstruction`` out."""
    signal = keras.Input((WINDOW_SAMPLES, WINDOW_LEADS), name="signal")
    code = layers.Conv1D(24, 15, strides=5, padding="same", activation="relu")(signal)
    code = layers.Conv1D(32, 9, strides=5, padding="same", activation="relu")(code)
    code = layers.Conv1D(CODE_SIZE, 5, padding="same", name="code")(code)
    wide = layers.Conv1D(32, 5, padding="same", activation="relu")(code)
    wide = layers.Conv1DTranspose(24, 9, strides=5, padding="same", activation="relu")(wide)
    reconstruction = layers.Conv1DTranspose(WINDOW_LEADS, 15, strides=5, padding="same", name="reconstruction")(wide)
    return keras.Model(signal, reconstruction, name="autoencoder")


def build_window_network(autoencoder: keras.Model, head: Head) -> keras.Model:
    """Autoencoder and head as one network.

    Returns
    -------
    keras.Model
        Inputs ``signal`` and ``context``, outputs ``p_abnormal``, ``reconstruction_error`` and ``reconstruction``
        (:mod:`models.inputs`).
    """
    signal = keras.Input((WINDOW_SAMPLES, WINDOW_LEADS), name="signal")
    context = keras.Input((len(WINDOW_FEATURES),), name="context")
    reconstruction = autoencoder(signal)
    by_lead = layers.AveragePooling1D(WINDOW_SAMPLES)(ops.square(ops.subtract(signal, reconstruction)))
    error = ops.sqrt((by_lead[:, 0, :1] + by_lead[:, 0, 1:]) / WINDOW_LEADS)

    log_error = ops.log(ops.maximum(ops.repeat(error, REGISTER, axis=1), ERROR_FLOOR))[:, :1]
    baseline = context[:, BASELINE:]
    over_baseline = ops.where(ops.equal(baseline, 0.0), 0.0, log_error - baseline)
    features = layers.Concatenate()([log_error, over_baseline, context[:, :BASELINE]])
    logistic = layers.Conv1D(REGISTER, len(HEAD_FEATURES), name="head")
    logit = logistic(layers.Reshape((len(HEAD_FEATURES), 1))(features))
    p_abnormal = ops.sigmoid(logit)[:, 0, :1]
    # The standardisation is folded into the weights: one matrix, nothing to keep in step.
    weights = head.weights / head.scale
    bias = head.bias - float(weights @ head.mean)
    logistic.set_weights([np.tile(weights[:, None, None], (1, 1, REGISTER)), np.full(REGISTER, bias, np.float32)])

    outputs = {"p_abnormal": p_abnormal, "reconstruction_error": error, "reconstruction": reconstruction}
    return keras.Model([signal, context], outputs, name="window")


def head_features(error: NDArray[np.float32], context: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the head sees, as the network computes it, shape (windows, ``HEAD_FEATURES``)."""
    log_error = np.log(np.maximum(error.reshape(-1, 1), ERROR_FLOOR))
    baseline = context[:, BASELINE:]
    over_baseline = np.where(baseline == 0.0, 0.0, log_error - baseline)
    return np.concatenate([log_error, over_baseline, context[:, :BASELINE]], axis=1).astype(np.float32)
