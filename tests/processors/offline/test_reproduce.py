"""An alert is raised again from its chunks, and differences are reported."""

from functools import cache

import msgspec
import pytest

from processors.offline.reproduce import DecisionDifference, Reproduced, reproduce
from processors.offline.schedule import scheduled
from processors.ward.ward import Ward
from tests.support.stub_networks import RowNetworks
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario


@cache
def chunks() -> tuple[EcgChunk, ...]:
    scenario = synthetic_scenario([("sinus", 20), ("asystole", 8), ("sinus", 20)], fs=250)
    return tuple(record_chunks(scenario, stream_id="bed", session_id="s", origin="synthetic"))


@cache
def asystole() -> Alert:
    outputs = Ward(RowNetworks()).take(chunks())
    return next(output for output in outputs if isinstance(output, Alert) and output.code == "asystole")


def test_the_same_signal_raises_the_same_alert() -> None:
    assert reproduce(asystole(), chunks(), RowNetworks()) == Reproduced(asystole(), 0, ())
    assert reproduce(asystole(), chunks(), RowNetworks()).identical


def test_a_monitor_that_began_in_the_middle_of_a_session_is_reproduced_from_there() -> None:
    began = 10  # chunks
    outputs = Ward(RowNetworks()).take(chunks()[began:])
    joined = next(output for output in outputs if isinstance(output, Alert) and output.code == "asystole")
    start = chunks()[began].first_sample
    assert joined.watched_from_sample == start > 0
    assert reproduce(joined, chunks(), RowNetworks()) == Reproduced(joined, start, ())
    lost = reproduce(joined, chunks()[began + 3 :], RowNetworks())
    assert lost.first_sample == chunks()[began + 3].first_sample > joined.watched_from_sample


@pytest.mark.parametrize(("field", "value"), [("value", 5.5), ("threshold", 5.0), ("rule", "another rule")])
def test_a_different_decision_is_reported(field: str, value: object) -> None:
    evidence = msgspec.structs.replace(asystole().evidence, **{field: value})
    found = reproduce(msgspec.structs.replace(asystole(), evidence=evidence), chunks(), RowNetworks())
    assert not found.identical
    assert found.differences == (DecisionDifference(field, value, getattr(asystole().evidence, field)),)


def test_a_different_onset_is_reported_with_the_nearest_alert() -> None:
    was = msgspec.structs.replace(asystole(), alert_id="another", onset_sample=asystole().onset_sample - 9)
    found = reproduce(was, chunks(), RowNetworks())
    assert found.alert == asystole()
    assert [row.field for row in found.differences] == ["alert_id", "onset_sample"]


def test_an_alert_that_does_not_come_again_is_none() -> None:
    assert reproduce(asystole(), chunks()[:30], RowNetworks()) == Reproduced(None, 0, ())
    assert reproduce(asystole(), (), RowNetworks()) == Reproduced(None, None, ())


def test_signal_long_after_the_decision_is_not_read() -> None:
    read = []
    was = msgspec.structs.replace(asystole(), alert_id="another", raised_sample=0)

    def reading() -> object:
        for chunk in chunks():
            read.append(chunk)
            yield chunk

    reproduce(was, reading(), RowNetworks())  # type: ignore[arg-type]
    assert read[-1].first_sample <= 30.5 * 250 < len(chunks()) * 125


def test_it_uses_the_settings_of_the_session() -> None:
    settings = PatientSettings(admission_id="a1", limits=PatientLimits(hr_low_bpm=100))
    schedule = [SettingsApplied(1, "bed", "s", 5 * 250, 250.0, settings)]
    ward = Ward(RowNetworks())
    outputs = []
    for step in scheduled(chunks(), schedule):
        outputs += ward.set_patients({"bed": step}) if isinstance(step, PatientSettings) else ward.take([step])
    slow = next(output for output in outputs if isinstance(output, Alert) and output.code == "extreme_bradycardia")
    assert reproduce(slow, chunks(), RowNetworks(), schedule=schedule).identical
    assert reproduce(slow, chunks(), RowNetworks()).alert is None
