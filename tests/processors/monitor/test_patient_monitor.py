"""The monitor's rules: neither chunk borders, snapshots nor the order of answers may show in what comes out."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import PatientMonitor
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Status, Strip, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario
from wardbeat.errors import MonitorError

SEEDS = st.integers(0, 2**32 - 1)


@cache
def ward_minute() -> tuple[EcgChunk, ...]:
    """Eighty seconds with ventricular ectopy, a run, a stop and fibrillating atria, cut as a device would."""
    scenario = synthetic_scenario([("sinus", 34), ("bigeminy", 14), ("vt", 12), ("asystole", 8), ("af", 12)], fs=360)
    return tuple(record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic", start_ns=10**18))


def recut(chunks: Iterable[EcgChunk], lengths: Iterable[int]) -> list[EcgChunk]:
    """The same session cut at other places."""
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


def answer(requests: list[ModelRequest]) -> list[ModelAnswer]:
    networks = RowNetworks()
    answers = []
    for request in requests:
        batch = {name: row[None] for name, row in request.inputs.items()}
        outputs = networks.run(request.network, batch)
        answers.append(ModelAnswer(request.request_id, {name: rows[0] for name, rows in outputs.items()}))
    return answers


def run(monitor: PatientMonitor, chunks: Iterable[EcgChunk]) -> list[Any]:
    """All that comes out when every question is answered at once."""
    outputs: list[Any] = []
    for chunk in chunks:
        step = monitor.take_chunk(chunk)
        outputs += step.outputs
        while step.requests:
            step = monitor.take_answers(answer(step.requests))
            outputs += step.outputs
    return outputs


def decided(outputs: Iterable[Any]) -> list[Any]:
    """What was decided, in order, without the strips; acquisition times to the microsecond (their ns are rounded)."""
    rows = []
    for output in outputs:
        if isinstance(output, Status):
            rows.append(msgspec.structs.replace(output, acquired_ns=round(output.acquired_ns, -4)))
        elif isinstance(output, Alert):
            rows.append(msgspec.structs.replace(output, raised_acquired_ns=round(output.raised_acquired_ns, -4)))
        elif not isinstance(output, Strip):
            rows.append(output)
    return rows


def drawn(outputs: Iterable[Any]) -> np.ndarray:
    """The strips put together again."""
    strips = [output for output in outputs if isinstance(output, Strip)]
    ends = 0
    for strip in strips:
        assert strip.start_index == ends
        ends += len(strip.valid) // len(strip.sig_name)
    return np.concatenate(
        [np.frombuffer(strip.samples, "<i2").reshape(len(strip.sig_name), -1) for strip in strips], axis=1
    )


@cache
def reference() -> tuple[Any, ...]:
    return tuple(run(PatientMonitor("bed", shipped_qrs()), ward_minute()))


def test_finds_what_is_there() -> None:
    outputs = reference()
    symbols = [output.symbol for output in outputs if isinstance(output, Beat)]
    codes = {output.code for output in outputs if isinstance(output, Alert)}
    assert symbols.count("V") > 15
    assert {"asystole", "pause", "bigeminy"} <= codes
    assert len([output for output in outputs if isinstance(output, Window)]) == 16
    assert [round(output.t_s) for output in outputs if isinstance(output, Status)] == list(range(1, 81))


def test_outputs_are_in_the_order_of_sample_time() -> None:
    seconds = [output.t_s for output in reference() if isinstance(output, Status)]
    beats = [output.sample for output in reference() if isinstance(output, Beat)]
    assert seconds == sorted(seconds)
    assert beats == sorted(set(beats))


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_chunk_borders_do_not_show(seed: int) -> None:
    rng = np.random.default_rng(seed)
    longest = int(rng.choice([5, 90, 360]))
    pieces = recut(ward_minute(), (int(n) for n in rng.integers(1, longest + 1, size=40_000)))
    outputs = run(PatientMonitor("bed", shipped_qrs()), pieces)
    assert decided(outputs) == decided(reference())
    np.testing.assert_array_equal(drawn(outputs), drawn(reference()))


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_snapshots_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs: list[Any] = []
    for chunk in ward_minute():
        step = monitor.take_chunk(chunk)
        outputs += step.outputs
        if rng.random() < 0.3:  # the host dies with its questions unanswered
            monitor = PatientMonitor.restore(monitor.snapshot(), shipped_qrs())
        while requests := monitor.pending_requests():
            outputs += monitor.take_answers(answer(requests)).outputs
    assert decided(outputs) == decided(reference())


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_order_and_company_of_answers_do_not_show(seed: int) -> None:
    rng = np.random.default_rng(seed)
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs: list[Any] = []
    waiting: list[ModelRequest] = []

    def hand_some_back(share: float) -> None:
        chosen = [request for request in waiting if rng.random() < share]
        rng.shuffle(chosen)
        for request in chosen:
            waiting.remove(request)
        step = monitor.take_answers(answer(chosen))
        outputs.extend(step.outputs)
        waiting.extend(step.requests)

    for chunk in ward_minute():
        step = monitor.take_chunk(chunk)
        outputs += step.outputs
        waiting += step.requests
        hand_some_back(rng.random())
    while waiting:
        hand_some_back(0.5)
    assert decided(outputs) == decided(reference())


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_repeats_and_small_disorder_do_not_show(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = list(ward_minute())
    order = np.argsort(np.arange(len(chunks) - 1) + rng.uniform(0, 2.5, len(chunks) - 1), kind="stable")
    shuffled = [chunks[0], *(chunks[i] for i in order if i), chunks[-1]]
    for _ in range(10):
        shuffled.insert(int(rng.integers(1, len(shuffled))), chunks[0])
    monitor = PatientMonitor("bed", shipped_qrs())
    assert decided(run(monitor, shuffled)) == decided(reference())
    assert monitor.counts.repeated == 10
    assert monitor.counts.gaps == 0


def test_no_answer_no_guess() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs = [output for chunk in ward_minute() for output in monitor.take_chunk(chunk).outputs]
    assert not [output for output in outputs if isinstance(output, Beat | Alert)]
    assert len(monitor.pending_requests()) > 50


def test_a_missing_stretch_is_a_gap() -> None:
    chunks = [chunk for chunk in ward_minute() if not 20 <= chunk.sequence < 30]
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs = run(monitor, chunks)
    assert (monitor.counts.gaps, monitor.counts.missing_s) == (1, 5.0)
    beats = [output for output in outputs if isinstance(output, Beat)]
    after = next(beat for beat in beats if beat.t_s >= 15)
    assert after.rr_s is None, "no RR interval is counted across a gap"
    assert not [beat for beat in beats if 10.3 < beat.t_s < 15]
    states = {round(o.t_s): (o.state, o.hr_bpm) for o in outputs if isinstance(o, Status)}
    assert states[13] == ("no_signal", None)
    assert "lead_off" in {output.code for output in outputs if isinstance(output, Alert)}
    assert "asystole" not in {output.code for output in outputs if isinstance(output, Alert) and output.onset_s < 20}


def test_invalid_samples_are_a_gap_and_no_crash() -> None:
    nothing = np.full(360, -32768, "<i2").tobytes()
    chunks = [
        msgspec.structs.replace(chunk, samples=nothing) if 40 <= chunk.sequence < 46 else chunk
        for chunk in ward_minute()
    ]
    outputs = run(PatientMonitor("bed", shipped_qrs()), chunks)
    beats = [output.t_s for output in outputs if isinstance(output, Beat)]
    assert not [t for t in beats if 20.2 < t < 23]
    assert [t for t in beats if 23.2 < t < 25]


def test_a_new_session_ends_the_alerts_of_the_old() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    stopped = [chunk for chunk in ward_minute() if chunk.first_sample < 66 * 360]
    outputs = run(monitor, stopped)
    asystole = next(o for o in outputs if isinstance(o, Alert) and o.code == "asystole")
    later = msgspec.structs.replace(ward_minute()[0], session_id="next")
    whole, ended = [o for o in run(monitor, [later]) if isinstance(o, Alert) and o.alert_id == asystole.alert_id]
    assert whole.ended_sample is None, "its evidence ends with the signal"
    assert whole.evidence.strip_end_s > asystole.evidence.strip_end_s
    assert ended.ended_sample is not None
    run(monitor, [ward_minute()[131], ward_minute()[132]])
    assert (monitor.counts.repeated, monitor.counts.replaced) == (1, 1), "what came before, and what did not"


def test_a_foreign_chunk_is_refused() -> None:
    with pytest.raises(MonitorError, match="'bed' given to the monitor of 'other'"):
        PatientMonitor("other", shipped_qrs()).take_chunk(ward_minute()[0])


def test_an_answer_to_nothing_is_refused() -> None:
    with pytest.raises(MonitorError, match="answer 7 is to no open request"):
        PatientMonitor("bed", shipped_qrs()).take_answers([ModelAnswer(7, {})])


@pytest.mark.parametrize("data", [b"", b"\x81", msgspec.msgpack.encode({"version": 999})])
def test_a_foreign_snapshot_is_refused(data: bytes) -> None:
    with pytest.raises(MonitorError, match="start the monitor anew"):
        PatientMonitor.restore(data, shipped_qrs())
