"""The requests of a monitor are rows that the networks take, and their ids count up."""

from typing import get_args

import numpy as np
import pytest

from models.inputs import (
    ATRIAL_MEASURES,
    BEAT_FEATURES,
    VENTRICULAR_FEATURES,
    WINDOW_FEATURES,
    WINDOW_LEADS,
    WINDOW_SAMPLES,
)
from models.runtime import Runtime
from processors.monitor.model_requests import ModelRequest, Network
from processors.monitor.patient_monitor import PatientMonitor
from tests.support.monitor_runs import answers_to, varied_rhythm_chunks
from tests.support.shipped_qrs import shipped_qrs


def requests_of_40_s() -> list[ModelRequest]:
    monitor = PatientMonitor("bed", shipped_qrs())
    requests: list[ModelRequest] = []
    for chunk in varied_rhythm_chunks()[:80]:
        waiting = monitor.take_chunk(chunk).requests
        while waiting:
            requests += waiting
            waiting = monitor.take_answers(answers_to(waiting)).requests
    return requests


def test_ids_count_up_and_every_network_has_requests() -> None:
    requests = requests_of_40_s()
    assert [request.request_id for request in requests] == list(range(len(requests)))
    assert {request.network for request in requests} == set(get_args(Network))


def test_inputs_are_float32_rows_without_a_batch_axis() -> None:
    shapes = {
        ("beat", "waveform"): (131, 4),
        ("beat", "context"): (24, len(BEAT_FEATURES)),
        ("window", "signal"): (WINDOW_SAMPLES, WINDOW_LEADS),
        ("window", "dominant"): (WINDOW_SAMPLES, WINDOW_LEADS),
        ("window", "log_rr"): (WINDOW_SAMPLES, 1),
        ("window", "context"): (len(WINDOW_FEATURES),),
        ("ventricular", "features"): (len(VENTRICULAR_FEATURES),),
        ("atrial", "features"): (48, 48),
        ("atrial", "measures"): (len(ATRIAL_MEASURES),),
    }
    found = {}
    for request in requests_of_40_s():
        for name, row in request.inputs.items():
            assert row.dtype == np.float32
            assert np.isfinite(row).all()
            found[request.network, name] = row.shape
    assert found == shapes


@pytest.mark.slow
def test_the_shipped_networks_answer_every_request() -> None:
    networks = Runtime.load()
    newest = {request.network: request for request in requests_of_40_s()}
    for network, request in newest.items():
        outputs = networks.run(network, {name: row[None] for name, row in request.inputs.items()})
        assert all(len(array) == 1 and np.isfinite(array).all() for array in outputs.values())
