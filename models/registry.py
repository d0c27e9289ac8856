"""All networks that Wardbeat fits, by name; each is one module, written for Keras 3 and for no single backend."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from models.atrial import build_atrial_network
from models.beat import build_beat_network
from models.qrs import build_qrs_network
from models.window import build_autoencoder


class RegisteredNetwork(NamedTuple):
    """The function that builds a network, and its purpose in words."""

    build: Callable[..., keras.Model]
    purpose: str


NETWORKS = {
    "qrs": RegisteredNetwork(build_qrs_network, "finds QRS complexes, together with their energy"),
    "beat": RegisteredNetwork(
        build_beat_network, "classifies a beat: convolutions over its shape, an LSTM over its rhythm"
    ),
    "window": RegisteredNetwork(build_autoencoder, "reconstructs the patient's normal ECG: a large error is abnormal"),
    "atrial": RegisteredNetwork(
        build_atrial_network, "detects atrial fibrillation, by P waves and rhythm of the last 48 beats"
    ),
}
"""In the order of the fit: each takes the outputs of the networks before it."""
