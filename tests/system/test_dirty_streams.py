"""A monitor goes on with any chunks, and decides on the signal that is left as it would without the bad chunks."""

from functools import cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.monitor.chunk_order import HOLD_S, ChunkCounts, Refused
from processors.monitor.patient_monitor import PatientMonitor
from processors.ward.ward import Ward, WardOutput
from tests.support.chunk_strategies import valid_chunks
from tests.support.monitor_runs import decisions, run_monitor, varied_rhythm_chunks
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.codec import check_chunk, encode
from wardbeat.contracts.messages import Alert, EcgChunk, Status
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario

SEEDS = st.integers(0, 2**32 - 1)
CHUNK_S = 0.5
S = 1_000_000_000


def of_another_heart(chunk: EcgChunk) -> EcgChunk:
    return msgspec.structs.replace(chunk, samples=(chunk.d_signal()[::-1] // 2 + 7).astype("<i2").tobytes())


def refused(outputs: list[WardOutput]) -> list[Refused]:
    return [output for output in outputs if isinstance(output, Refused)]


def accounted_for(counts: ChunkCounts) -> int:
    return counts.taken + counts.repeated + counts.late + counts.contradictory + counts.replaced


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_bad_chunks_do_not_change_the_decisions_on_the_signal_that_is_left(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chunks = varied_rhythm_chunks()
    lost = set(rng.choice(np.arange(1, len(chunks) - 10), size=5, replace=False).tolist())
    left = [chunk for chunk in chunks if chunk.sequence not in lost]
    arrivals = [(chunk.sequence + float(rng.uniform(0, HOLD_S / CHUNK_S - 2.1)), chunk) for chunk in left[1:-1]]
    bad = [(sequence + 9.0, chunks[sequence]) for sequence in lost]
    for index in rng.integers(0, len(arrivals), size=6):
        at, chunk = arrivals[index]
        bad += [(at + float(rng.uniform(0, 100)), chunk)]
        bad += [(at + float(rng.uniform(0, 4)), of_another_heart(chunk))] if index % 3 == 0 else []
    order = [chunk for _, chunk in sorted([*arrivals, *bad], key=lambda arrival: arrival[0])]
    monitor, clean = PatientMonitor("bed", shipped_qrs()), PatientMonitor("bed", shipped_qrs())
    outputs = run_monitor(monitor, [left[0], *order, left[-1]])
    kept = [output for output in decisions(outputs) if not isinstance(output, Refused)]
    if not has_conflict(kept):
        assert kept == decisions(run_monitor(clean, left))
    assert monitor.counts.late == len(lost)
    assert len(refused(outputs)) == monitor.counts.late + monitor.counts.contradictory
    assert accounted_for(monitor.counts) == monitor.counts.chunks == len(order) + 2


def has_conflict(outputs: list[WardOutput]) -> bool:
    """Whether so much of another heart's signal came that the bed has an alert on it."""
    return any(isinstance(output, Alert) and output.code == "source_conflict" for output in outputs)


@settings(max_examples=60, deadline=None)
@given(st.lists(valid_chunks(), min_size=1, max_size=4), st.integers(1, 3))
def test_no_valid_chunk_makes_a_monitor_fail(chunks: list[EcgChunk], times: int) -> None:
    """The ward has no failure callback here, so it would raise."""
    ward = Ward(RowNetworks())
    outputs = []
    for chunk in chunks:
        for n in range(times):  # so that the session goes on where it can
            first = min(chunk.first_sample + n * chunk.n_samples, 2**63 - 1)
            taken = msgspec.structs.replace(chunk, stream_id="bed", first_sample=first)
            check_chunk(taken)
            outputs += ward.take([taken])
    for output in outputs:
        if not isinstance(output, Refused):
            encode(output)
    counts = ward.counts["bed"]
    assert accounted_for(counts) <= counts.chunks == times * len(chunks)


@cache
def heart(session_id: str = "s1", seed: int = 0, fs: int = 250, seconds: int = 60) -> tuple[EcgChunk, ...]:
    scenario = synthetic_scenario([("sinus", seconds)], fs=fs, seed=seed)
    chunks = record_chunks(scenario, stream_id="bed-1", session_id=session_id, origin="live", start_ns=10**18)
    return tuple(msgspec.structs.replace(chunk, final=False) for chunk in chunks)


def ward_run(chunks: list[EcgChunk]) -> tuple[list[WardOutput], ChunkCounts]:
    ward = Ward(RowNetworks())
    return [output for chunk in chunks for output in ward.take([chunk])], ward.counts["bed-1"]


def statuses(outputs: list[WardOutput]) -> list[Status]:
    return [output for output in outputs if isinstance(output, Status)]


@pytest.mark.parametrize("session_id", ["s1", "s2"])
def test_two_devices_on_one_stream_hide_the_heart_rate_and_raise_an_alert(session_id: str) -> None:
    """Under a session id of its own or the same: it is unknown which device has the patient."""
    first, second = heart(), heart(session_id, seed=1)
    outputs, counts = ward_run(
        [*first[:60], *(one for pair in zip(first[60:], second[60:], strict=True) for one in pair)]
    )
    (alert, *_) = [one for one in outputs if isinstance(one, Alert) and one.code == "source_conflict"]
    assert alert.ended_sample is None
    assert {status.hr_bpm for status in statuses(outputs) if status.t_s >= 36} == {None}
    assert len(refused(outputs)) == counts.contradictory + counts.replaced >= 58


def test_all_chunks_of_a_device_that_restarts_under_its_old_session_id_are_refused() -> None:
    again = [msgspec.structs.replace(chunk, acquired_ns=chunk.acquired_ns + 60 * S) for chunk in heart(seed=1)]
    outputs, counts = ward_run([*heart(), *again])
    assert (counts.taken, counts.contradictory) == (120, 120)
    assert statuses(outputs)[-1].t_s <= 60, "no more status comes, so that the silence raises an alert"


def test_after_another_sampling_rate_the_monitor_learns_the_patient_again() -> None:
    slow = heart()
    at_s = 30
    fast = [
        msgspec.structs.replace(
            chunk,
            first_sample=chunk.first_sample + at_s * 250,
            acquired_ns=chunk.acquired_ns + at_s * S,
        )
        for chunk in heart(fs=500)
    ]
    outputs, counts = ward_run([*slow[: 2 * at_s], *fast])
    assert (counts.format_changes, counts.gaps, len(refused(outputs))) == (1, 0, 0)
    after = [status for status in statuses(outputs) if status.fs == 500]
    assert {status.state for status in after[:29]} == {"learning"}
    assert after[-1].state == "monitoring"
    assert after[-1].hr_bpm == pytest.approx(statuses(outputs)[25].hr_bpm, rel=0.2)


@pytest.mark.parametrize("set_by_s", [-3600, 3600])
def test_a_change_of_the_device_clock_changes_no_decision(set_by_s: int) -> None:
    def without_times(outputs: list[WardOutput]) -> list[WardOutput]:
        kept = [output for output in outputs if isinstance(output, Status | Alert)]
        return [
            msgspec.structs.replace(
                one, acquired_ns=0, window=one.window and msgspec.structs.replace(one.window, acquired_ns=0)
            )
            if isinstance(one, Status)
            else msgspec.structs.replace(one, raised_acquired_ns=0)
            for one in kept
        ]

    reset = [
        msgspec.structs.replace(chunk, acquired_ns=chunk.acquired_ns + set_by_s * S) if chunk.sequence >= 50 else chunk
        for chunk in heart()
    ]
    assert without_times(ward_run(reset)[0]) == without_times(ward_run(list(heart()))[0])
