"""Requests from a patient monitor to the networks, and their answers."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Network = Literal["beat", "window", "ventricular", "atrial"]
Arrays = dict[str, NDArray[np.float32]]
"""Arrays by name, one row each, without a batch axis (see :mod:`models.inputs`)."""


class ModelRequest(NamedTuple):
    """The inputs that a monitor wants a network to answer. ``request_id`` counts up within a monitor."""

    request_id: int
    network: Network
    inputs: Arrays


class ModelAnswer(NamedTuple):
    """The outputs of the network for one request, one row each, without a batch axis."""

    request_id: int
    outputs: Arrays
