"""The combined detector of 5 s windows: what the beat classifier knows, or what the autoencoder has never seen.

The autoencoder is fitted on normal windows only, so what it can't rebuild is unlike them: ventricular flutter and
tachycardia above all, which few patients to fit on ever had. The head puts the two together:
p = 1 − (1 − known)(1 − novel).
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.inputs import WINDOW_FEATURES, WINDOW_LEADS, WINDOW_SAMPLES

CODE_SIZE = 2
"""Channels of the narrowest layer, 25 steps long: 50 numbers for 1,250 samples.

With 8 it rebuilds tachycardia too: of 600 such windows of other patients 12 % had a larger error than 99.5 % of normal
ones, with 2 it were 76 %. Chosen by these windows, all of vfdb, which is no blind test of it therefore.
"""
ERROR_FLOOR = 1e-6
"""Least error that a logarithm is taken of; a flat window is rebuilt exactly."""
SURE = 1e-3
"""Probabilities are kept this far from 0 and 1 before their log-odds are taken."""
REGISTER = 16
"""Row length of what goes through log and sigmoid.

ONNX Runtime computes whole SIMD registers and what is left over by different code, and sums rows by code that depends
on where they lie in memory. Copies that fill registers, a pooling for a mean and a convolution for a product of
matrices go row by row, so that a window gets the same bits in any batch.
"""
P_COLUMNS = [WINDOW_FEATURES.index(name) for name in ("max_p_v", "max_p_s", "max_p_f")]
PLAIN_COLUMNS = [WINDOW_FEATURES.index(name) for name in ("n_beats_over_10", "mean_p_not_n", "rr_irregularity")]
KNOWN_FEATURES = tuple(f"log_odds_{WINDOW_FEATURES[at]}" for at in P_COLUMNS) + tuple(
    WINDOW_FEATURES[at] for at in PLAIN_COLUMNS
)
"""What the head's logistic regression sees."""


class Head(NamedTuple):
    """How the two are put together.

    Attributes
    ----------
    mean, scale, weights : ndarray, shape (KNOWN_FEATURES,)
    bias : float
        known = sigmoid(weights · (x − mean) / scale + bias).
    novel_log_error : float
        Logarithm of the reconstruction error that counts as novel with probability ½.
    novel_width : float
        novel = sigmoid((log error − novel_log_error) / novel_width).
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float
    novel_log_error: float
    novel_width: float

    def probability(self, features: NDArray[np.float32], error: NDArray[np.float32]) -> NDArray[np.float64]:
        """``p_abnormal`` of windows as the network computes it."""
        known = expit(((features - self.mean) / self.scale) @ self.weights + self.bias)
        novel = expit((log_error(error) - self.novel_log_error) / self.novel_width)
        return np.asarray(1.0 - (1.0 - known) * (1.0 - novel), np.float64)


def log_error(error: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithm of reconstruction errors."""
    return np.asarray(np.log(np.maximum(error, ERROR_FLOOR)), np.float32)


def known_features(context: NDArray[np.float32]) -> NDArray[np.float32]:
    """``KNOWN_FEATURES`` of windows from their ``context``."""
    odds = logit(np.clip(context[:, P_COLUMNS], SURE, 1 - SURE))
    return np.concatenate([odds, context[:, PLAIN_COLUMNS]], axis=1).astype(np.float32)


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

    p = ops.clip(ops.concatenate([context[:, at : at + 1] for at in P_COLUMNS], axis=1), SURE, 1 - SURE)
    plain = [context[:, at : at + 1] for at in PLAIN_COLUMNS]
    features = ops.concatenate([_log(p) - _log(1.0 - p), *plain], axis=1)
    logistic = layers.Conv1D(REGISTER, len(KNOWN_FEATURES), name="head")
    known = ops.sigmoid(logistic(layers.Reshape((len(KNOWN_FEATURES), 1))(features)))[:, 0, :1]
    # The standardisation is folded into the weights: one matrix, nothing to keep in step.
    weights = head.weights / head.scale
    bias = head.bias - float(weights @ head.mean)
    logistic.set_weights([np.tile(weights[:, None, None], (1, 1, REGISTER)), np.full(REGISTER, bias, np.float32)])

    wide = _log(ops.repeat(ops.maximum(error, ERROR_FLOOR), REGISTER, axis=1))
    novel = ops.sigmoid((wide - head.novel_log_error) / head.novel_width)[:, :1]
    p_abnormal = 1.0 - (1.0 - known) * (1.0 - novel)
    outputs = {"p_abnormal": p_abnormal, "reconstruction_error": error, "reconstruction": reconstruction}
    return keras.Model([signal, context], outputs, name="window")


def _log(values: Any) -> Any:
    """Logarithm of each column, in whole registers."""
    return ops.log(ops.repeat(values, REGISTER, axis=1))[:, ::REGISTER]
