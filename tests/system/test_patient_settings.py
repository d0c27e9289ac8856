"""A patient's settings apply from a sample on, and nothing about one patient reaches the next."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.monitor.model_requests import ModelRequest
from processors.monitor.patient_monitor import PatientMonitor
from processors.offline.schedule import cut, scheduled
from processors.ward.ward import Ward
from tests.support.monitor_runs import answer_all, answers_to, decisions, recut, run_monitor, take, varied_rhythm_chunks
from tests.support.shipped_qrs import shipped_qrs
from tests.support.stub_networks import RowNetworks
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, EcgChunk, Status, Strip

SEEDS = st.integers(0, 2**32 - 1)
FS = 360
FAST = PatientLimits(hr_high_bpm=70)


def applied(second: float, patient: PatientSettings) -> SettingsApplied:
    return SettingsApplied(1, "bed", "s", int(second * FS), FS, patient)


SCHEDULE = (
    applied(0, PatientSettings("a")),
    applied(20.3, PatientSettings("a", FAST)),
    applied(38.1234, PatientSettings()),
    applied(50, PatientSettings("b", PatientLimits(pause_s=2.0))),
)


def reference() -> list[Any]:
    return run_monitor(PatientMonitor("bed", shipped_qrs()), scheduled(varied_rhythm_chunks(), SCHEDULE))


def recut_at_random(rng: np.random.Generator) -> list[EcgChunk]:
    longest = int(rng.choice([30, 360]))
    return recut(varied_rhythm_chunks(), (int(n) for n in rng.integers(1, longest + 1, size=40_000)))


def test_limits_apply_from_their_sample_on() -> None:
    outputs = reference()
    high = {round(out.t_s, 1): out.hr_high_bpm for out in outputs if isinstance(out, Status)}
    assert (high[20.0], high[21.0], high[38.0]) == (120, 70, 70)
    assert [out for out in outputs if isinstance(out, SettingsApplied)] == list(SCHEDULE)


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_chunk_borders_change_no_output_where_settings_change(seed: int) -> None:
    pieces = recut_at_random(np.random.default_rng(seed))
    assert decisions(run_monitor(PatientMonitor("bed", shipped_qrs()), scheduled(pieces, SCHEDULE))) == decisions(
        reference()
    )


@settings(max_examples=5, deadline=None)
@given(SEEDS)
def test_late_answers_and_restarts_change_no_output_where_settings_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    monitor = PatientMonitor("bed", shipped_qrs())
    outputs: list[Any] = []
    waiting: list[ModelRequest] = []
    for one in scheduled(varied_rhythm_chunks(), SCHEDULE):
        step = take(monitor, one)
        outputs += step.outputs
        waiting += step.requests
        if rng.random() < 0.2:
            monitor = PatientMonitor.restore(monitor.snapshot(), shipped_qrs())
        while rng.random() < 0.4 and waiting:
            step = monitor.take_answers(answers_to(waiting))
            outputs += step.outputs
            waiting = step.requests
    outputs += answer_all(monitor, waiting)
    assert decisions(outputs) == decisions(reference())


ACTS = st.lists(
    st.tuples(st.integers(1, 79 * FS), st.sampled_from(["admit", "discharge", "limits"])),
    max_size=6,
    unique_by=lambda a: a[0],
)


def schedule_of(acts: Sequence[tuple[int, str]]) -> list[SettingsApplied]:
    """The settings of a bed over time, as the rules of admissions allow them."""
    inputs, patient = [], PatientSettings()
    for number, (sample, act) in enumerate(sorted(acts)):
        if (act == "admit") == (patient.admission_id is None):
            if act == "admit":
                patient = PatientSettings(f"admission-{number}")
            elif act == "discharge":
                patient = PatientSettings()
            else:
                patient = msgspec.structs.replace(patient, limits=PatientLimits(hr_high_bpm=70 + number))
            inputs.append(SettingsApplied(1, "bed", "s", sample, FS, patient))
    return inputs


@settings(max_examples=8, deadline=None)
@given(ACTS)
def test_nothing_of_a_patient_reaches_the_next_in_the_bed(acts: list[tuple[int, str]]) -> None:
    schedule = schedule_of(acts)
    inputs = list(scheduled(varied_rhythm_chunks(), schedule))
    outputs = run_monitor(PatientMonitor("bed", shipped_qrs()), inputs)
    alone: list[Any] = []
    patients: list[list[EcgChunk | PatientSettings]] = [[PatientSettings()]]
    for one in inputs:
        if isinstance(one, PatientSettings) and one.admission_id != admission_of(patients[-1]):
            patients.append([])
        patients[-1].append(one)
    for number, of_one in enumerate(patients):
        last = number == len(patients) - 1
        leaves = [] if last else [PatientSettings(f"after-{number}")]
        alone += run_monitor(PatientMonitor("bed", shipped_qrs()), [*of_one, *leaves])
    assert decisions(outputs) == decisions(alone), "the bed's monitor decides like monitors of one patient each"
    for alert in outputs:
        if isinstance(alert, Alert):
            since = max([0, *(one.sample for one in schedule if one.settings.admission_id == alert.admission_id)][:1])
            assert alert.onset_sample >= since


def admission_of(inputs: list[EcgChunk | PatientSettings]) -> str | None:
    return next(one.admission_id for one in inputs if isinstance(one, PatientSettings))


def test_a_new_session_has_the_newest_settings() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    run_monitor(monitor, [PatientSettings("a", FAST), *varied_rhythm_chunks()[:4]])
    outputs = run_monitor(monitor, [msgspec.structs.replace(varied_rhythm_chunks()[0], session_id="next")])
    (again,) = [out for out in outputs if isinstance(out, SettingsApplied)]
    assert (again.session_id, again.sample, again.settings) == ("next", 0, PatientSettings("a", FAST))


def test_the_strips_of_a_screen_go_on_where_the_patient_changes() -> None:
    strips = [out for out in reference() if isinstance(out, Strip)]
    starts = [strip.start_index for strip in strips]
    ends = [strip.start_index + len(strip.valid) // len(strip.sig_name) for strip in strips]
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    assert min(gaps) == 0
    assert [gap < 100 for gap in gaps if gap] == [True, True], "less than half a second, at each new patient"


def test_the_same_settings_again_change_nothing() -> None:
    monitor = PatientMonitor("bed", shipped_qrs())
    run_monitor(monitor, [PatientSettings("a"), *varied_rhythm_chunks()[:4]])
    before = monitor.snapshot()
    assert monitor.set_patient(PatientSettings("a")) == ([], [])
    assert monitor.snapshot() == before


def test_a_ward_gives_the_settings_to_monitors_that_begin_later() -> None:
    ward = Ward(RowNetworks())
    assert ward.set_patients({"bed": PatientSettings("a", FAST)}) == []
    outputs = [output for chunk in varied_rhythm_chunks()[:8] for output in ward.take([chunk])]
    assert {out.hr_high_bpm for out in outputs if isinstance(out, Status)} == {70}
    ward.set_patients({})
    outputs = [output for chunk in varied_rhythm_chunks()[8:12] for output in ward.take([chunk])]
    assert {out.hr_high_bpm for out in outputs if isinstance(out, Status)} == {120}


def test_cut_parts_make_the_chunk() -> None:
    chunk = varied_rhythm_chunks()[-1]
    end = chunk.first_sample + chunk.n_samples
    parts = [cut(chunk, chunk.first_sample, end - 7), cut(chunk, end - 7, end)]
    whole = np.concatenate([part.d_signal() for part in parts], axis=1)
    np.testing.assert_array_equal(whole, chunk.d_signal())
    assert [part.final for part in parts] == [False, chunk.final]
    assert parts[1].acquired_ns == pytest.approx(chunk.acquired_ns + (chunk.n_samples - 7) / FS * 1e9, abs=2)


def second_device(chunk: EcgChunk) -> EcgChunk:
    return msgspec.structs.replace(chunk, session_id="second_device")


def test_two_devices_on_a_stream_show_no_heart_rate_until_one_is_gone() -> None:
    chunks = varied_rhythm_chunks()
    inputs = [*chunks[:20]]
    for one in chunks[20:60]:
        inputs += [second_device(one), one]
    inputs += [second_device(one) for one in chunks[60:]]
    outputs = run_monitor(PatientMonitor("bed", shipped_qrs()), inputs)
    conflicts = [out for out in outputs if isinstance(out, Alert) and out.code == "source_conflict"]
    assert {alert.priority for alert in conflicts} == {"low"}
    raised = next(alert for alert in conflicts if alert.ended_sample is None)
    assert raised.session_id == "second_device", "the session that came last is the current one"
    assert 12 <= raised.raised_s <= 14
    ended = next(alert for alert in conflicts if alert.ended_sample is not None)
    assert 39 <= (ended.ended_s or 0) <= 42
    rates = {
        round(out.t_s): out.hr_bpm for out in outputs if isinstance(out, Status) and out.session_id == "second_device"
    }
    assert {rates[second] for second in range(15, 38)} == {None}
    assert rates[45] is not None
