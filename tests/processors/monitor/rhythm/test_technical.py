"""Lead off and noise: when they hold, and which conditions noise keeps from beginning."""

import pytest

from processors.monitor.rhythm.conditions import FS_HZ, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.rhythm.technical import AFFECTED_BY_NOISE, TECHNICAL_CODES
from tests.support.scripted_hearts import ScriptedHeart, run_rules, scripted_heart
from wardbeat.contracts.alert_codes import CODES


def test_a_loose_contact_is_one_episode() -> None:
    off = [(60 + 2.0 * n, 61.5 + 2.0 * n) for n in range(30)]
    assert len(run_rules(ScriptedHeart([]), to_s=140, off=off).raised("lead_off")) == 1


def test_noise_takes_two_seconds_and_is_one_episode() -> None:
    beats = scripted_heart("N" * 200, 0.8, first_s=2)
    assert "noisy_signal" not in run_rules(beats, noisy=[(50, 51)]).codes()
    run = run_rules(beats, noisy=[(50, 70), (71, 80)])
    (stretch,) = run.holds_s("noisy_signal")
    assert stretch[0] == pytest.approx(52)
    assert 80 <= stretch[1] <= 84
    assert run.first("noisy_signal").onset == 50 * FS_HZ


def test_in_noise_no_rhythm_begins_and_none_ends() -> None:
    fast = scripted_heart("N" * 60, 0.8, first_s=2).then("NNVVNVNVNV", 0.4).then("SSS", 0.35).then("N" * 60, 0.4)
    alone = run_rules(fast).codes()
    assert {"tachycardia", "couplet", "bigeminy", "supraventricular_run"} <= alone
    assert run_rules(fast, noisy=[(45, 100)]).codes() == {"noisy_signal"}
    late = run_rules(fast, noisy=[(70, 100)]).holds_s("tachycardia")
    assert late == run_rules(fast).holds_s("tachycardia"), "it had begun before"


@pytest.mark.parametrize(
    ("qrs_uncertainty", "beat_similarity", "activity_mv", "high_frequency_noise", "quality", "noisy"),
    [
        (0.9, 0.3, 0.5, False, 0.9, True),
        (0.3, 0.3, 0.5, False, 0.9, False),
        (0.9, 0.95, 0.5, False, 0.9, False),
        (0.9, 0.0, 0.1, False, 0.9, False),
        (0.0, 0.95, 0.5, True, 0.9, True),
        (0.0, 0.95, 0.5, False, 0.1, True),
    ],
    ids=["noise", "a little uncertainty", "unknown but similar shapes", "almost no activity", "hum", "low quality"],
)  # fmt: skip
def test_a_second_is_noisy_by_uncertainty_high_frequencies_or_low_quality(
    qrs_uncertainty: float,
    beat_similarity: float,
    activity_mv: float,
    high_frequency_noise: bool,
    quality: float,
    noisy: bool,
) -> None:
    state = Rhythm()
    measured = (quality, qrs_uncertainty, beat_similarity, activity_mv, high_frequency_noise)
    state.add_second(SecondSummary(FS_HZ, 0, 0, *measured), RhythmLimits())
    assert (state.noisy_seconds > 0) == noisy
    state.add_second(SecondSummary(2 * FS_HZ, 0, 3 * FS_HZ, *measured), RhythmLimits())
    assert state.noisy_seconds == 0, "without a usable lead no second is noisy"


def test_the_condition_names_why_the_signal_is_noisy() -> None:
    reasons = {
        "leads without hum or muscle noise": SecondSummary(500, 0, 0, 0.9, high_frequency_noise=True),
        "quality of the best lead": SecondSummary(500, 0, 0, 0.1),
        "doubt about each beat": SecondSummary(500, 0, 0, 0.9, 0.9, 0.3, 0.5),
    }
    for rule, second in reasons.items():
        rhythm = Rhythm()
        for _ in range(RhythmLimits().noisy_s):
            rhythm.add_second(second, RhythmLimits())
        assert rhythm.conditions(500, RhythmLimits())["noisy_signal"].rule == rule


def test_noise_hides_no_standstill_no_fibrillation_and_no_fast_ventricular_rhythm_by_code() -> None:
    assert set(AFFECTED_BY_NOISE) <= set(CODES) | {"ventricular_rhythm"}
    assert not {"asystole", "ventricular_fibrillation", "ventricular_tachycardia", *TECHNICAL_CODES} & set(
        AFFECTED_BY_NOISE
    )
