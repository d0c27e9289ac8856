"""The combined detector of 5 s windows: the outputs of the beat classifier, and the distance from normal ECG.

The autoencoder takes a window relative to the patient (:mod:`wardbeat.ecg.features.windows`): the difference of the
signal from the patient's dominant beat at each R peak, and the ratio of each RR interval to the patient's dominant
interval. It is fitted on normal windows only. Its code is narrow, so it reconstructs noise, a drift of the amplitude
and a slow change of the rate, but no abnormal or early beat.
"""

from typing import Any, NamedTuple

import keras
import msgspec
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray
from scipy.special import expit, logit

from models.inputs import INPUT_SHAPES, WINDOW_FEATURES, WINDOW_LEADS, WINDOW_SAMPLES

MAX_DIFFERENCE_QRS = 4.0
"""Differences from the dominant beat are clipped at this many QRS amplitudes."""
CHANNELS = WINDOW_LEADS + 1
STRETCH = 75
STEP = 25
"""The error of the signal is the largest mean over a stretch of 0.6 s, about a beat, moved by 0.2 s. So one abnormal
beat makes the error of its window large."""
PARTS = ("signal_error", "rhythm_error")
ERROR_FLOOR = 1e-6
"""Smaller errors count as this before the logarithm; the error of a flat window is 0."""
P_MARGIN = 1e-3
"""Probabilities are clipped this far from 0 and 1 before their log-odds."""
REGISTER = 16
"""Row length of the arrays for log and sigmoid.

ONNX Runtime computes whole SIMD registers by other code than the remainder, and sums rows by code that depends on their
place in memory. Copies that fill registers, a pooling instead of a mean and a convolution instead of a matrix product
go row by row. So the output of a window has the same bits in any batch.
"""
P_COLUMNS = [WINDOW_FEATURES.index(name) for name in ("max_p_v", "max_p_s", "max_p_f")]
KNOWN_FEATURES = ("log_odds_ectopic",)
"""The head's feature from the beat classifier: the log-odds of the most ectopic beat.

More features (each class apart, number of beats, irregularity) made the head worse on other patients.
"""
HEAD_FEATURES = (*KNOWN_FEATURES, *PARTS)

Arrays = dict[str, NDArray[np.float32]]


class WindowSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the autoencoder and of its fit.

    Attributes
    ----------
    code : int
        Channels of the narrowest layer, 25 steps long: 2 make 50 numbers of 1,875.
    width : int
        Channels of the widest layers.
    learning_rate : float
    batch : int
    epochs : int
        Passes over all normal windows. Eight are no better: AUROC out of fold .936, and .937 with two.
    """

    code: int = 2
    width: int = 24
    learning_rate: float = 3e-3
    batch: int = 64
    epochs: int = 2


DEFAULT_SETTINGS = WindowSettings()


class NormalErrorScale(NamedTuple):
    """The size of the two parts of the error in normal windows.

    Attributes
    ----------
    median, width : ndarray, shape (2,)
        ``PARTS`` of a window are max(0, log error − median) / width.
    """

    median: NDArray[np.float32]
    width: NDArray[np.float32]

    def parts(self, log_errors: NDArray[np.float32]) -> NDArray[np.float32]:
        """``PARTS`` of windows as the network computes them, shape (windows, 2)."""
        parts: NDArray[np.float32] = np.maximum(log_errors - self.median, 0.0) / self.width
        return parts


class Head(NamedTuple):
    """Logistic regression on ``HEAD_FEATURES``.

    Attributes
    ----------
    mean, scale, weights : ndarray, shape (HEAD_FEATURES,)
    bias : float
        p = sigmoid(weights · (x − mean) / scale + bias).
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float

    def probability(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """``p_abnormal`` of windows as the network computes it."""
        return np.asarray(expit(((features - self.mean) / self.scale) @ self.weights + self.bias), np.float64)


def known_features(context: NDArray[np.float32]) -> NDArray[np.float32]:
    """``KNOWN_FEATURES`` of windows from their ``context``, shape (windows, 1)."""
    largest = context[:, P_COLUMNS].max(axis=1, keepdims=True)
    odds: NDArray[np.float32] = logit(np.clip(largest, P_MARGIN, 1 - P_MARGIN))
    return odds


def build_autoencoder(settings: WindowSettings = DEFAULT_SETTINGS) -> keras.Model:
    """An autoencoder of windows with random weights; input and output are as :func:`patients_view` makes them."""
    view = keras.Input((WINDOW_SAMPLES, CHANNELS), name="view")
    code = layers.Conv1D(settings.width, 15, strides=5, padding="same", activation="relu")(view)
    code = layers.Conv1D(settings.width + 8, 9, strides=5, padding="same", activation="relu")(code)
    code = layers.Conv1D(settings.code, 5, padding="same", name="code")(code)
    wide = layers.Conv1D(settings.width + 8, 5, padding="same", activation="relu")(code)
    wide = layers.Conv1DTranspose(settings.width, 9, strides=5, padding="same", activation="relu")(wide)
    rebuilt = layers.Conv1DTranspose(CHANNELS, 15, strides=5, padding="same", name="rebuilt")(wide)
    return keras.Model(view, rebuilt, name="autoencoder")


def patients_view(signal: Any, dominant: Any, log_rr: Any) -> Any:
    """The input of the autoencoder: the differences of two leads from the dominant beat, then log RR.

    In normal windows all three have the same size, 0.07 to 0.09, so that no channel outweighs the others.
    """
    difference = ops.clip(ops.subtract(signal, dominant), -MAX_DIFFERENCE_QRS, MAX_DIFFERENCE_QRS)
    return ops.concatenate([difference, log_rr], axis=-1)


def log_errors(view: Any, rebuilt: Any) -> Any:
    """Logarithms of the mean squared errors of the signal and of the rhythm, shape (windows, 2)."""
    squares = ops.square(ops.subtract(view, rebuilt))
    stretches = layers.AveragePooling1D(STRETCH, strides=STEP)(squares[:, :, :WINDOW_LEADS])
    signal = ops.max(stretches, axis=(1, 2))[:, None]
    rhythm = layers.AveragePooling1D(WINDOW_SAMPLES)(squares[:, :, WINDOW_LEADS:])[:, 0]
    return _log(ops.maximum(ops.concatenate([signal, rhythm], axis=1), ERROR_FLOOR))


def build_window_network(autoencoder: keras.Model, error_scale: NormalErrorScale, head: Head) -> keras.Model:
    """Autoencoder and head as one network.

    Returns
    -------
    keras.Model
        Inputs and outputs of the ``window`` network (:mod:`models.inputs`).
    """
    inputs = {name: keras.Input(shape, name=name) for name, shape in INPUT_SHAPES["window"].items()}
    view = patients_view(inputs["signal"], inputs["dominant"], inputs["log_rr"])
    rebuilt = autoencoder(view)
    parts = ops.maximum(log_errors(view, rebuilt) - error_scale.median, 0.0) / error_scale.width
    squares = ops.square(parts)
    error = ops.sqrt(squares[:, :1] + squares[:, 1:])

    columns = [inputs["context"][:, at : at + 1] for at in P_COLUMNS]
    p = ops.clip(ops.max(ops.concatenate(columns, axis=1), axis=1, keepdims=True), P_MARGIN, 1 - P_MARGIN)
    features = ops.concatenate([_log(p) - _log(1.0 - p), parts], axis=1)
    logistic = layers.Conv1D(REGISTER, len(HEAD_FEATURES), name="head")
    p_abnormal = ops.sigmoid(logistic(layers.Reshape((len(HEAD_FEATURES), 1))(features)))[:, 0, :1]
    # The weights include the standardisation, so there is one matrix and no second set of constants.
    weights = head.weights / head.scale
    bias = head.bias - float(weights @ head.mean)
    logistic.set_weights([np.tile(weights[:, None, None], (1, 1, REGISTER)), np.full(REGISTER, bias, np.float32)])

    outputs = {
        "p_abnormal": p_abnormal,
        "reconstruction_error": error,
        "reconstruction": ops.add(inputs["dominant"], rebuilt[:, :, :WINDOW_LEADS]),
    }
    return keras.Model(inputs, outputs, name="window")


def _log(values: Any) -> Any:
    """Logarithm of each column, in whole registers."""
    return ops.log(ops.repeat(values, REGISTER, axis=1))[:, ::REGISTER]
