"""The outputs of a monitor do not depend on chunk borders, snapshots or the order of answers."""

from functools import cache
from itertools import repeat
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import SNAPSHOT_VERSION, PatientMonitor
from tests.support.monitor_runs import (
    answer_all,
    answers_to,
    decisions,
    joined_strips,
    recut,
    run_monitor,
    varied_rhythm_chunks,
)
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, Beat, Status, Window
from wardbeat.errors import MonitorError

SEEDS = st.integers(0, 2**32 - 1)


@cache
def reference() -> tuple[Any, ...]:
    return tuple(run_monitor(PatientMonitor("bed", shipped_qrs()), varied_rhythm_chunks()))


def test_the_monitor_finds_the_rhythms_of_the_signal() -> None:
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
def test_chunk_borders_change_no_output(seed: int) -> None:
    rng = np.random.default_rng(seed)
    longest = int(rng.choice([5, 90, 360]))
    pieces = recut(varied_rhythm_chunks(), (int(n) for n in rng.integers(1, longest + 1, size=40_000)))
    outputs = run_monitor(PatientMonitor("bed", shipped_qrs()), pieces)
    assert decisions(outputs) == decisions(reference())
    np.testing.assert_array_equal(joined_strips(outputs), joined_strips(reference()))


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_snapshots_with_open_requests_change_no_output(seed: int) -> None:
    rng = np.random.default_rng(seed)
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs: list[Any] = []
    for chunk in varied_rhythm_chunks():
        step = monitor.take_chunk(chunk)
        outputs += step.outputs
        if rng.random() < 0.3:  # the host dies with its requests unanswered
            monitor = PatientMonitor.restore(monitor.snapshot(), shipped_qrs())
        outputs += answer_all(monitor, step.requests)
    assert decisions(outputs) == decisions(reference())


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_order_and_batches_of_answers_change_no_output(seed: int) -> None:
    rng = np.random.default_rng(seed)
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs: list[Any] = []
    waiting: list[ModelRequest] = []

    def answer_some(proportion: float) -> None:
        chosen = [request for request in waiting if rng.random() < proportion]
        rng.shuffle(chosen)
        for request in chosen:
            waiting.remove(request)
        step = monitor.take_answers(answers_to(chosen))
        outputs.extend(step.outputs)
        waiting.extend(step.requests)

    for chunk in varied_rhythm_chunks():
        step = monitor.take_chunk(chunk)
        outputs += step.outputs
        waiting += step.requests
        answer_some(rng.random())
    while waiting:
        answer_some(0.5)
    assert decisions(outputs) == decisions(reference())


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_repeats_and_small_disorder_change_no_output(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = list(varied_rhythm_chunks())
    order = np.argsort(np.arange(len(chunks) - 1) + rng.uniform(0, 2.5, len(chunks) - 1), kind="stable")
    shuffled = [chunks[0], *(chunks[i] for i in order if i), chunks[-1]]
    for _ in range(10):
        shuffled.insert(int(rng.integers(1, len(shuffled))), chunks[0])
    monitor = PatientMonitor("bed", shipped_qrs())
    assert decisions(run_monitor(monitor, shuffled)) == decisions(reference())
    assert monitor.counts.repeated == 10
    assert monitor.counts.gaps == 0


def test_without_answers_there_is_no_beat_and_no_alert() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    steps = [monitor.take_chunk(chunk) for chunk in varied_rhythm_chunks()]
    assert not [output for step in steps for output in step.outputs if isinstance(output, Beat | Alert)]
    ids = [request.request_id for step in steps for request in step.requests]
    assert len(ids) > 50
    assert ids == list(range(len(ids)))


def test_a_missing_stretch_is_a_gap() -> None:
    chunks = [chunk for chunk in varied_rhythm_chunks() if not 20 <= chunk.sequence < 30]
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs = run_monitor(monitor, chunks)
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
        for chunk in varied_rhythm_chunks()
    ]
    outputs = run_monitor(PatientMonitor("bed", shipped_qrs()), chunks)
    beats = [output.t_s for output in outputs if isinstance(output, Beat)]
    assert not [t for t in beats if 20.2 < t < 23]
    assert [t for t in beats if 23.2 < t < 25]


def test_a_new_session_ends_the_alerts_of_the_old() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    stopped = [chunk for chunk in varied_rhythm_chunks() if chunk.first_sample < 66 * 360]
    outputs = run_monitor(monitor, stopped)
    asystole = next(o for o in outputs if isinstance(o, Alert) and o.code == "asystole")
    later = msgspec.structs.replace(varied_rhythm_chunks()[0], session_id="next")
    whole, ended = [
        o for o in run_monitor(monitor, [later]) if isinstance(o, Alert) and o.alert_id == asystole.alert_id
    ]
    assert whole.ended_sample is None, "its evidence ends with the signal"
    assert whole.evidence.strip_end_s > asystole.evidence.strip_end_s
    assert ended.ended_sample is not None
    run_monitor(monitor, [varied_rhythm_chunks()[131], varied_rhythm_chunks()[132]])
    assert (monitor.counts.repeated, monitor.counts.replaced) == (1, 1), "one chunk came before, the other did not"


def test_a_chunk_of_another_stream_is_an_error() -> None:
    with pytest.raises(MonitorError, match="'bed' given to the monitor of 'other'"):
        PatientMonitor("other", shipped_qrs()).take_chunk(varied_rhythm_chunks()[0])


def test_an_answer_without_a_request_is_an_error() -> None:
    with pytest.raises(MonitorError, match="answer 7 belongs to no open request"):
        PatientMonitor("bed", shipped_qrs()).take_answers([ModelAnswer(7, {})])


@pytest.mark.parametrize("data", [b"", b"\x81", msgspec.msgpack.encode({"version": 999})])
def test_bytes_that_are_no_snapshot_are_an_error(data: bytes) -> None:
    with pytest.raises(MonitorError, match="start a new monitor"):
        PatientMonitor.restore(data, shipped_qrs())


@pytest.mark.parametrize("version", [0, SNAPSHOT_VERSION - 1, SNAPSHOT_VERSION + 1])
def test_a_snapshot_of_another_version_is_refused(version: int) -> None:
    state = msgspec.msgpack.decode(PatientMonitor("bed", shipped_qrs()).snapshot())
    data = msgspec.msgpack.encode({**state, "version": version})
    with pytest.raises(MonitorError, match=f"version {version} is not {SNAPSHOT_VERSION}; start a new monitor"):
        PatientMonitor.restore(data, shipped_qrs())


def test_a_patient_is_learnt_again_within_the_session() -> None:
    monitor, patient = PatientMonitor("bed", shipped_qrs()), PatientSettings(admission_id="a1")
    chunks = recut(varied_rhythm_chunks(), repeat(360))
    half = len(chunks) // 2
    monitor.set_patient(patient)
    before = run_monitor(monitor, chunks[:half])
    ended = run_monitor(monitor, [msgspec.structs.replace(patient, relearned=1)])
    after = run_monitor(monitor, chunks[half:])
    states = [[one.state for one in run if isinstance(one, Status)] for run in (before, after)]
    assert [state[0] for state in states] == ["learning", "learning"]
    assert states[0][-1] == "monitoring"
    open_before = {one.alert_id for one in before if isinstance(one, Alert) and one.ended_sample is None}
    over = {
        one.alert_id for one in [*before, *ended, *after] if isinstance(one, Alert) and one.ended_sample is not None
    }
    assert open_before <= over, "no alert of what was learnt before stays open"
    assert {one.session_id for one in after if isinstance(one, Status)} == {chunks[0].session_id}
    (applied,) = [one for one in after if isinstance(one, SettingsApplied)]
    assert (applied.sample, applied.settings.relearned) == (chunks[half].first_sample, 1)
