"""One batch a network over the requests of all monitors."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import PatientMonitor
from wardbeat.ecg.qrs.network import QrsNetwork

MonitorRequest = tuple[PatientMonitor, ModelRequest]
"""A request, and the monitor that waits for its answer."""


class Networks(Protocol):
    """The networks that answer requests in batches, and the QRS network that each monitor runs itself."""

    @property
    def qrs(self) -> QrsNetwork: ...

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """The outputs of a network for a batch: arrays by name, the batch axis first."""


def answer_requests(networks: Networks, requests: Iterable[MonitorRequest]) -> dict[PatientMonitor, list[ModelAnswer]]:
    """Run each network once, over the requests of all monitors; return the answers by monitor."""
    answers: dict[PatientMonitor, list[ModelAnswer]] = {}
    rows_of: dict[str, list[tuple[list[ModelAnswer], ModelRequest]]] = {}
    for monitor, request in requests:
        rows_of.setdefault(request.network, []).append((answers.setdefault(monitor, []), request))
    for network, rows in sorted(rows_of.items()):
        names = rows[0][1].inputs
        batch = {name: _batch([request.inputs[name] for _, request in rows]) for name in names}
        results = networks.run(network, batch)
        for row, (answers_of_monitor, request) in enumerate(rows):
            outputs = {name: result[row] for name, result in results.items()}
            answers_of_monitor.append(ModelAnswer(request.request_id, outputs))
    return answers


def _batch(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows of one shape as a batch. It is faster than ``numpy.stack``, which makes a view of each row first."""
    return np.concatenate(rows).reshape(len(rows), *rows[0].shape)
