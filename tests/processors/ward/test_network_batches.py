"""Requests of all monitors become one batch a network, and each answer goes back to its request."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.monitor.model_requests import ModelRequest, Network
from processors.monitor.patient_monitor import PatientMonitor
from processors.ward.network_batches import MonitorRequest, answer_requests
from tests.support.shipped_qrs import shipped_qrs

MONITORS = [PatientMonitor(f"bed-{n}", shipped_qrs()) for n in range(3)]
NETWORKS: tuple[Network, ...] = ("beat", "window", "ventricular", "atrial")


class DoublingNetworks:
    """Each output row is twice the input row; every call is recorded."""

    qrs = shipped_qrs()

    def __init__(self) -> None:
        self.batches: list[tuple[str, dict[str, tuple[int, ...]]]] = []

    def run(self, network: str, inputs: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        self.batches.append((network, {name: array.shape for name, array in inputs.items()}))
        return {f"{name} doubled": 2 * array for name, array in inputs.items()}


def request(request_id: int, network: Network = "beat") -> ModelRequest:
    waveform = np.full((5, 2), request_id, np.float32)
    return ModelRequest(request_id, network, {"waveform": waveform, "context": waveform[0]})


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(NETWORKS)), max_size=30))
def test_each_request_gets_the_answer_to_its_own_inputs(rows: list[tuple[int, Network]]) -> None:
    requests: list[MonitorRequest] = [
        (MONITORS[bed], request(request_id, network)) for request_id, (bed, network) in enumerate(rows)
    ]
    networks = DoublingNetworks()
    answers = answer_requests(networks, requests)
    ids = {monitor: {answer.request_id for answer in found} for monitor, found in answers.items()}
    assert ids == {monitor: {one.request_id for owner, one in requests if owner is monitor} for monitor, _ in requests}
    for answer in [answer for found in answers.values() for answer in found]:
        assert answer.outputs.keys() == {"waveform doubled", "context doubled"}
        assert answer.outputs["waveform doubled"].shape == (5, 2)
        assert (answer.outputs["waveform doubled"] == 2 * answer.request_id).all()
        assert (answer.outputs["context doubled"] == 2 * answer.request_id).all()


def test_each_network_runs_once_over_the_requests_of_all_monitors() -> None:
    requests: list[MonitorRequest] = [
        (monitor, request(n, network)) for n, monitor in enumerate(MONITORS) for network in ("window", "beat")
    ]
    networks = DoublingNetworks()
    answer_requests(networks, requests)
    shapes = {"waveform": (3, 5, 2), "context": (3, 2)}
    assert networks.batches == [("beat", shapes), ("window", shapes)]


def test_without_requests_no_network_runs() -> None:
    networks = DoublingNetworks()
    assert answer_requests(networks, []) == {}
    assert networks.batches == []
