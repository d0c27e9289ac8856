"""One bed's signal, and monitors run over it with the stub networks."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
import numpy as np

from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import PatientMonitor, Step
from tests.support.stub_networks import RowNetworks
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import Alert, EcgChunk, Status, Strip, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario


@cache
def varied_rhythm_chunks() -> tuple[EcgChunk, ...]:
    """Eighty seconds with ventricular ectopy, a run, a standstill and atrial fibrillation, cut as a device would."""
    scenario = synthetic_scenario([("sinus", 34), ("bigeminy", 14), ("vt", 12), ("asystole", 8), ("af", 12)], fs=360)
    return tuple(record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic", start_ns=10**18))


def recut(chunks: Iterable[EcgChunk], lengths: Iterable[int]) -> list[EcgChunk]:
    """The same session cut into chunks of these lengths."""
    chunks = list(chunks)
    first = chunks[0]
    signal = np.concatenate([chunk.d_signal() for chunk in chunks], axis=1)
    pieces, at = [], 0
    for sequence, length in enumerate(lengths):
        if at >= signal.shape[1]:
            break
        samples = signal[:, at : at + length]
        pieces.append(
            msgspec.structs.replace(
                first,
                sequence=sequence,
                first_sample=at,
                acquired_ns=first.acquired_ns + round(at / first.fs * 1e9),
                samples=samples.astype("<i2").tobytes(),
                final=at + length >= signal.shape[1],
            )
        )
        at += length
    return pieces


def answers_to(requests: Iterable[ModelRequest]) -> list[ModelAnswer]:
    """The answers of the stub networks, one request at a time."""
    networks = RowNetworks()
    answers = []
    for request in requests:
        batch = {name: row[None] for name, row in request.inputs.items()}
        outputs = networks.run(request.network, batch)
        answers.append(ModelAnswer(request.request_id, {name: rows[0] for name, rows in outputs.items()}))
    return answers


def take(monitor: PatientMonitor, taken: EcgChunk | PatientSettings) -> Step:
    """Give a monitor a chunk, or new settings of its patient."""
    return monitor.set_patient(taken) if isinstance(taken, PatientSettings) else monitor.take_chunk(taken)


def run_monitor(monitor: PatientMonitor, inputs: Iterable[EcgChunk | PatientSettings]) -> list[Any]:
    """All outputs when every request is answered immediately."""
    outputs: list[Any] = []
    for taken in inputs:
        step = take(monitor, taken)
        outputs += step.outputs
        outputs += answer_all(monitor, step.requests)
    return outputs


def answer_all(monitor: PatientMonitor, requests: list[ModelRequest]) -> list[Any]:
    """Answer these requests and all that follow from them; return the outputs."""
    outputs: list[Any] = []
    while requests:
        step = monitor.take_answers(answers_to(requests))
        outputs += step.outputs
        requests = step.requests
    return outputs


def decisions(outputs: Iterable[Any]) -> list[Any]:
    """All outputs but the strips, in order; acquisition times to 10 µs, because their ns are rounded."""
    rows: list[Any] = []
    for output in outputs:
        if isinstance(output, Status):
            window = output.window and _rounded(output.window)
            rows.append(msgspec.structs.replace(output, acquired_ns=round(output.acquired_ns, -4), window=window))
        elif isinstance(output, Window):
            rows.append(_rounded(output))
        elif isinstance(output, Alert):
            rows.append(msgspec.structs.replace(output, raised_acquired_ns=round(output.raised_acquired_ns, -4)))
        elif not isinstance(output, Strip):
            rows.append(output)
    return rows


def _rounded(window: Window) -> Window:
    return msgspec.structs.replace(window, acquired_ns=round(window.acquired_ns, -4))


def joined_strips(outputs: Iterable[Any]) -> np.ndarray:
    """The signal of all strips, joined: int16 µV, shape (leads, samples). Fails where the strips have a gap."""
    strips = [output for output in outputs if isinstance(output, Strip)]
    ends = 0
    for strip in strips:
        assert strip.start_index == ends
        ends += len(strip.valid) // len(strip.sig_name)
    return np.concatenate(
        [np.frombuffer(strip.samples, "<i2").reshape(len(strip.sig_name), -1) for strip in strips], axis=1
    )
