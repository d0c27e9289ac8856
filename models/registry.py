"""Every network that Wardbeat fits, by name; each is one file, written for Keras 3 and none of its backends."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from models.atrial import build_atrial_network
from models.beat import build_beat_network
from models.qrs import build_qrs_network
from models.window import build_autoencoder


class RegisteredNetwork(NamedTuple):
    """How a network is made, and what it is for in words."""

    build: Callable[..., keras.Model]
    what: str


NETWORKS = {
    "qrs": RegisteredNetwork(build_qrs_network, "finds QRS complexes, together with their energy"),
    "beat": RegisteredNetwork(
        build_beat_network, "tells a beat's class: convolutions over its shape, an LSTM over its rhythm"
    ),
    "window": RegisteredNetwork(
        build_autoencoder, "rebuilds what is usual of a patient: what it can't rebuild is unusual"
    ),
    "atrial": RegisteredNetwork(
        build_atrial_network, "tells atrial fibrillation, by P waves and rhythm of the last 48 beats"
    ),
}
"""In the order in which they are fitted: each listens to those before it."""
