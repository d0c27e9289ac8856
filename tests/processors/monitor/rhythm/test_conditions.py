"""The limits and inputs of the rhythm rules."""

import inspect

import msgspec
import pytest

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits, SecondSummary
from processors.monitor.rhythm.ventricular import VentricularLimits

LIMITS = RhythmLimits()


@pytest.mark.parametrize("struct", [RhythmLimits, VentricularLimits])
def test_every_threshold_is_described(struct: type[msgspec.Struct]) -> None:
    text = inspect.getdoc(struct) or ""
    described = [name for line in text.splitlines() if " : " in line for name in line.split(" : ")[0].split(", ")]
    assert described == list(struct.__struct_fields__)


def test_the_default_limits_are_in_order() -> None:
    assert LIMITS.extreme_low_bpm < LIMITS.hr_low_bpm < LIMITS.hr_high_bpm < LIMITS.extreme_high_bpm
    assert LIMITS.pause_s < LIMITS.asystole_s
    assert LIMITS.clear_uncertainty < LIMITS.noisy_uncertainty
    assert LIMITS.af_steady_p < LIMITS.af_p < LIMITS.af_no_s_p
    assert LIMITS.anomaly_windows <= LIMITS.anomaly_of
    assert LIMITS.ventricular.lasts_p < LIMITS.ventricular.begins_p


def test_limits_and_conditions_cannot_be_changed_and_survive_a_snapshot() -> None:
    condition = Condition("asystole", 1000, "time without a QRS complex", 4.2, LIMITS.asystole_s, "s")
    for value in (LIMITS, condition):
        with pytest.raises(AttributeError):
            setattr(value, value.__struct_fields__[0], 1)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value)) == value


def test_a_second_is_clean_and_may_hold_a_beat_unless_it_was_measured_otherwise() -> None:
    second = SecondSummary(FS_HZ, last_r=0, leads_usable_since=0, quality=1.0)
    assert (second.qrs_uncertainty, second.beat_similarity, second.high_frequency_noise, second.flat) == (
        0,
        1,
        False,
        False,
    )
    assert second.possible_qrs
