"""Requests from a patient monitor to the networks, their answers, and the events that wait for them."""

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.monitor.monitor_events import ConflictChanged, MonitorEvent, SettingsChanged
from processors.monitor.signal_path import QrsOverdue, SignalEvent

Network = Literal["beat", "window", "ventricular", "atrial"]
WITHOUT_REQUEST = (SettingsChanged, ConflictChanged, QrsOverdue)
"""Events that need no network."""
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


class QueuedEvent(msgspec.Struct):
    """An event in the queue of a session, with the id of its request and its answer."""

    event: SignalEvent | MonitorEvent
    request_id: int | None = None
    answer: Arrays | None = None
