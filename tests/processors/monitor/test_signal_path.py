"""The signal path at its edges: gaps, loose contacts, ends of sessions, rates."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import cycle, pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.runtime import Runtime
from processors.monitor import signal_path
from processors.monitor.patient_monitor import config_of
from processors.monitor.signal_path import BeatReady, QrsOverdue, SecondPassed, SignalEvent, WindowReady
from processors.ward.ward import Ward
from tests.support.paced_hearts import Pulse, paced_heart
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import Alert, Beat, EcgChunk, Status
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import Rhythm, synthetic_record, synthetic_scenario

FS = 250
SECOND_NS = 1_000_000_000


def path_events(p_signal: NDArray[np.float64], fs: float = FS) -> list[SignalEvent]:
    """All events of a signal in mV, given at once."""
    path = signal_path.new_signal_path(fs, ("II", "V5"))
    end_ns = round((p_signal.shape[1] - 1) / fs * SECOND_NS)
    events = signal_path.take_samples(path, shipped_qrs(), p_signal, end_ns, fs)
    return events + signal_path.flush(path, shipped_qrs(), end_ns, fs)


def beats_of(events: list[SignalEvent]) -> list[BeatReady]:
    return [event for event in events if isinstance(event, BeatReady)]


def seconds_of(events: list[SignalEvent]) -> dict[int, SecondPassed]:
    return {event.k // FS: event for event in events if isinstance(event, SecondPassed)}


@pytest.mark.parametrize(
    ("rhythm", "bpm"), [("sinus", 72), ("brady", 44), ("tachy", 130), ("vt", 180), ("af", 105), ("bigeminy", 70)]
)
def test_the_heart_rate_is_right(rhythm: Rhythm, bpm: float) -> None:
    record = synthetic_record(rhythm, 40, seed=1)
    reference = np.array([beat.sample / FS for beat in record.beats])
    seconds = seconds_of(path_events(record.p_signal))
    for second in range(8, 40):
        recent = reference[reference < second - 0.25][-9:]
        assert seconds[second].hr_bpm == pytest.approx(60 / np.diff(recent).mean(), rel=0.12)
    shown = [seconds[second].hr_bpm or 0 for second in range(8, 40)]
    assert np.mean(shown) == pytest.approx(bpm, rel=0.06)


def test_no_heart_rate_without_a_heart_or_a_lead() -> None:
    p_signal = synthetic_record("sinus", 40).p_signal.copy()
    p_signal[:, 15 * FS : 22 * FS] = np.nan
    seconds = seconds_of(path_events(p_signal))
    assert seconds[2].hr_bpm is None, "the detector is learning"
    assert [second for second in range(5, 40) if seconds[second].hr_bpm is None] == [*range(16, 25)]
    assert {s for s in range(1, 41) if seconds[s].leads_usable_since > seconds[s].k} == {*range(16, 23)}
    silent = np.concatenate([p_signal[:, : 10 * FS], synthetic_record("asystole", 10).p_signal], axis=1)
    seconds = seconds_of(path_events(silent))
    assert seconds[12].hr_bpm is not None
    assert {seconds[second].hr_bpm for second in range(15, 21)} == {None}


def test_an_overdue_qrs_is_an_event_between_the_seconds_too_while_a_lead_is_usable() -> None:
    scenario = synthetic_scenario([("sinus", 20), ("asystole", 10), ("lead_off", 5)])
    events = path_events(scenario.p_signal)
    last_r = beats_of(events)[-1].r
    overdue = [event.k for event in events if isinstance(event, QrsOverdue)]
    grid = np.arange(0, 30 * FS + 50, 50)
    assert overdue == [k for k in grid if last_r + 2 * FS <= k <= overdue[-1]]
    assert overdue[-1] == pytest.approx(30 * FS, abs=50)


def test_a_possible_qrs_is_noted_before_the_detector_reports_it() -> None:
    scenario = synthetic_scenario([("sinus", 20), ("asystole", 5), ("sinus", 5)])
    events = path_events(scenario.p_signal)
    after = next(beat.r for beat in beats_of(events) if beat.r > 24 * FS)
    silent = [event for event in events if isinstance(event, QrsOverdue) and event.k > 23 * FS]
    assert not any(event.possible_qrs for event in silent if event.k < after - 20)
    assert [event.possible_qrs for event in silent if event.k > after]
    assert all(event.possible_qrs for event in silent if event.k > after)


def test_one_lead_of_two_is_enough_and_its_quality_is_zero_when_it_is_off() -> None:
    p_signal = synthetic_record("sinus", 20).p_signal.copy()
    p_signal[1] = np.nan
    second = seconds_of(path_events(p_signal))[18]
    assert second.lead_quality[0] > 0.7
    assert second.lead_quality[1] == 0
    assert second.leads_usable_since == 0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(3, 28), st.floats(0.004, 4)), max_size=6))
def test_no_interval_is_counted_across_a_gap(gaps: list[tuple[float, float]]) -> None:
    """Loose contacts, right beside beats too: an interval is that to the beat before, or none if signal was missing."""
    p_signal = synthetic_record("sinus", 30, seed=4).p_signal.copy()
    for begin_s, length_s in gaps:
        p_signal[:, round(begin_s * FS) : round((begin_s + length_s) * FS)] = np.nan
    missing = np.asarray(np.isnan(p_signal).all(axis=0))
    beats = beats_of(path_events(p_signal))
    assert beats[0].rr is None
    for before, beat in pairwise(beats):
        assert beat.r > before.r
        assert beat.rr in {None, beat.r - before.r}
        run = longest_run(missing[before.r : beat.r])
        if run > 0.3 * FS:
            assert beat.rr is None
        if run == 0:
            assert beat.rr is not None


def longest_run(flags: NDArray[np.bool_]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def test_single_invalid_samples_are_no_gap() -> None:
    p_signal = synthetic_record("sinus", 20).p_signal.copy()
    p_signal[:, 49::50] = np.nan  # one at the end of each block
    events = path_events(p_signal)
    assert [beat.rr for beat in beats_of(events)[1:]].count(None) == 0
    assert all(second.leads_usable_since == 0 for second in seconds_of(events).values())


@pytest.mark.parametrize("fs", [128, 250, 360, 1000])
@pytest.mark.parametrize("duration_s", [19.7, 20.0, 20.24])
def test_the_end_of_a_session_releases_the_waiting_events_and_none_after_the_end(fs: float, duration_s: float) -> None:
    record = synthetic_record("sinus", duration_s, fs=fs)
    path = signal_path.new_signal_path(fs, record.sig_name)
    last_ns = round((record.n_samples - 1) / fs * SECOND_NS)
    events = signal_path.take_samples(path, shipped_qrs(), record.p_signal, last_ns, fs)
    events += signal_path.flush(path, shipped_qrs(), last_ns, fs)
    end = int(duration_s * FS)
    assert all(event.k <= end for event in events)
    assert [k for k, _ in pairwise(event.k for event in events)] == sorted(event.k for event in events)[:-1]
    due = [beat.sample / fs * FS for beat in record.beats if 2.6 * fs < beat.sample < record.n_samples - 0.12 * fs]
    found = [beat.r for beat in beats_of(events) if beat.r > 2.6 * FS - 5]
    np.testing.assert_allclose(found[: len(due)], due, atol=5)
    assert len(found) <= len(due) + 1
    assert list(seconds_of(events)) == list(range(1, int(duration_s) + 1))
    assert len([event for event in events if isinstance(event, WindowReady)]) == int(duration_s) // 5
    for second, event in seconds_of(events).items():
        assert event.acquired_ns == pytest.approx(second * SECOND_NS, abs=SECOND_NS * 1.1 / fs)
    assert signal_path.flush(path, shipped_qrs(), last_ns, fs) == []


def bed(rhythm: Rhythm, duration_s: float, session_id: str, fs: float = 360) -> list[EcgChunk]:
    record = synthetic_record(rhythm, duration_s, fs=fs)
    return list(record_chunks(record, stream_id="bed", session_id=session_id, origin="synthetic"))


def take_all(ward: Ward, chunks: list[EcgChunk]) -> list[Beat | Status | Alert]:
    outputs = [output for chunk in chunks for output in ward.take([chunk])]
    return [output for output in outputs if isinstance(output, Beat | Status | Alert)]


@pytest.mark.parametrize("duration_s", [40.0, 40.02, 40.9])
def test_a_replaced_session_has_no_output_after_its_end(duration_s: float) -> None:
    ward = Ward(RowNetworks())
    outputs = take_all(ward, bed("asystole", duration_s, "s1"))
    raised = {output.alert_id: output.code for output in outputs if isinstance(output, Alert)}
    assert list(raised.values()) == ["asystole"]
    later = [output for output in take_all(ward, bed("sinus", 5, "s2")) if output.session_id == "s1"]
    assert len(later) == 1
    assert isinstance(later[0], Alert)
    assert later[0].code == "asystole"
    assert later[0].ended_s == pytest.approx(duration_s, abs=0.005)


def test_beats_after_a_final_chunk_have_the_right_sample() -> None:
    chunks = bed("sinus", 40, "s1")
    chunks[30] = msgspec.structs.replace(chunks[30], final=True)
    beats = [beat.sample / 360 for beat in take_all(Ward(RowNetworks()), chunks) if isinstance(beat, Beat)]
    record = synthetic_record("sinus", 40, fs=360)
    reference = np.array([beat.sample / 360 for beat in record.beats])
    assert len(beats) > 35
    assert max(np.abs(reference - t_s).min() for t_s in beats) < 0.03


def test_beats_have_the_right_sample_after_an_overlapping_chunk_of_another_format() -> None:
    chunks = bed("sinus", 40, "s1")
    renamed = [msgspec.structs.replace(chunk, sig_name=("MLII", "V5")) for chunk in chunks]
    both = np.concatenate([chunks[19].d_signal()[:, 90:], chunks[20].d_signal()], axis=1).astype("<i2")
    overlapping = msgspec.structs.replace(renamed[19], first_sample=19 * 180 + 90, samples=both.tobytes())
    outputs = take_all(Ward(RowNetworks()), [*chunks[:20], overlapping, *renamed[21:]])
    beats = [output.sample for output in outputs if isinstance(output, Beat)]
    reference = np.array([beat.sample for beat in synthetic_record("sinus", 40, fs=360).beats])
    assert max(np.abs(reference - sample).min() for sample in beats) < 0.03 * 360


def test_the_monitor_survives_an_absurd_gain() -> None:
    chunks = bed("sinus", 60, "s1")
    for index in (30, 31, 32):
        chunks[index] = msgspec.structs.replace(chunks[index], gain=(5e-324, 1e-300))
    outputs = take_all(Ward(RowNetworks()), chunks)
    late = [output for output in outputs if isinstance(output, Status) and output.t_s > 50]
    assert all(status.hr_bpm == pytest.approx(72, abs=5) for status in late)


@pytest.mark.parametrize("fs", [128, 250, 360])
@pytest.mark.parametrize("hz", [50.0, 60.4])
def test_hum_with_harmonics_changes_no_beat_and_is_no_noise(fs: float, hz: float) -> None:
    """It begins after 10 s and stops after 25 s; the second harmonic makes a QRS complex look like a pace pulse."""
    p_signal = synthetic_record("sinus", 40, fs=fs, seed=7).p_signal
    t_s = np.arange(p_signal.shape[1]) / fs
    sizes = {n: share for n, share in {1: 1.0, 2: 0.2, 3: 0.3}.items() if n * hz < fs / 2}
    hum = sum(0.5 * share * np.sin(2 * np.pi * n * hz * t_s + n) for n, share in sizes.items())
    expected, found = path_events(p_signal, fs), path_events(p_signal + hum * ((t_s >= 10) & (t_s < 25)), fs)
    assert [beat.r for beat in beats_of(found)] == pytest.approx([beat.r for beat in beats_of(expected)], abs=2)
    for second, clean in seconds_of(expected).items():
        assert not seconds_of(found)[second].high_frequency_noise or second == 11
        assert seconds_of(found)[second].hr_bpm == pytest.approx(clean.hr_bpm, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_hum_of_half_a_millivolt_changes_no_alert(hz: float) -> None:
    networks = Runtime.load()
    record = synthetic_scenario([("sinus", 40), ("vf", 15), ("sinus", 20), ("asystole", 10), ("sinus", 10)])
    t_s = np.arange(record.p_signal.shape[1]) / FS
    hum = np.array([[0.5], [0.3]]) * np.sin(2 * np.pi * hz * t_s)

    def lethal(p_signal: NDArray[np.float64]) -> dict[str, float]:
        ward, chunks = Ward(networks, config_of(networks.manifest.thresholds)), replace(record, p_signal=p_signal)
        stream = record_chunks(
            chunks, stream_id="bed", session_id="s", origin="synthetic", chunk_s=1.0, start_ns=10**18
        )
        outputs = [output for chunk in stream for output in ward.take([chunk])]
        return {alert.code: alert.raised_sample / FS for alert in outputs if isinstance(alert, Alert)}

    clean = lethal(record.p_signal)
    assert {"ventricular_fibrillation", "asystole"} <= set(clean)
    assert lethal(record.p_signal + hum) == pytest.approx(clean, abs=1.0)


@pytest.mark.parametrize("lengths", [(7,), (50,), (125, 3, 611)])
def test_chunk_lengths_change_nothing_for_a_paced_patient(lengths: tuple[int, ...]) -> None:
    """Captured beats, fusion with an escape rhythm, and pulses with a tail that nothing answers."""
    signal = paced_heart(Pulse(9.0, 0.002, 2.0, atrial=True), lost_s=15, duration_s=30, escape_bpm=40).p_signal

    def events(pieces: Iterable[int]) -> list[bytes]:
        path, found, at = signal_path.new_signal_path(FS, ("II", "V5")), [], 0
        path.pacing.on = True
        for length in pieces:
            piece = np.ascontiguousarray(signal[:, at : at + length])
            found += signal_path.take_samples(path, shipped_qrs(), piece, 0, FS)
            at += length
            if at >= signal.shape[1]:
                break
        return [repr((type(one), one.k, getattr(one, "r", 0), getattr(one, "hr_bpm", 0), getattr(one, "paced", 0),
                      getattr(one, "activity_mv", 0))).encode() for one in found]  # fmt: skip

    whole = events([signal.shape[1]])
    assert sum(b"BeatReady" in one for one in whole) > 20
    assert events(cycle(lengths)) == whole
