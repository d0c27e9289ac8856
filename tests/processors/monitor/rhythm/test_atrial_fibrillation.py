"""When atrial fibrillation begins and ends, how it renames the rhythm, and when it raises an alert."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime import Runtime
from processors.monitor.patient_monitor import config_of
from processors.monitor.rhythm.atrial_fibrillation import (
    CODE,
    HIDDEN,
    RHYTHM,
    AtrialAnswer,
    AtrialFibrillation,
    Renamed,
    atrial_answer,
)
from processors.monitor.rhythm.conditions import FS_HZ, RhythmLimits
from processors.ward.ward import Ward, WardOutput
from tests.support.drawn_atrial_beats import beats_at
from tests.support.sleeping_heart import Sleeper, sleeping_heart
from wardbeat.contracts.messages import Alert, RhythmChange
from wardbeat.ecg.chunking import EcgSource, record_chunks
from wardbeat.ecg.features.beat_state import N_FEATURES
from wardbeat.ecg.io.records import open_record

LIMITS = RhythmLimits()
EVERY_S, LOOKS_BACK_S = 5, 40
HIGH_P, MEDIUM_P, LOW_P = 0.95, 0.45, 0.05


def answered(
    probabilities: Sequence[float], limits: RhythmLimits = LIMITS
) -> tuple[AtrialFibrillation, list[tuple[int, Renamed]]]:
    """Answers every five seconds about the forty seconds before."""
    atria, renamed = AtrialFibrillation(), []
    for index, p in enumerate(probabilities, start=1):
        k = index * EVERY_S * FS_HZ
        change = atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), limits)
        if change:
            renamed.append((k, change))
    return atria, renamed


def alert_s(probabilities: Sequence[float], limits: RhythmLimits = LIMITS) -> list[int]:
    """Seconds at which the condition holds."""
    atria, holds = AtrialFibrillation(), []
    for index, p in enumerate(probabilities, start=1):
        k = index * EVERY_S * FS_HZ
        atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), limits)
        if CODE in atria.conditions(k, limits):
            holds.append(index * EVERY_S)
    return holds


def test_one_answer_of_a_high_probability_begins_it_at_the_first_beat() -> None:
    atria, renamed = answered([MEDIUM_P, HIGH_P])
    assert atria.on
    assert renamed == [(10 * FS_HZ, (250, dict.fromkeys(HIDDEN, RHYTHM)))]


def test_it_begins_shortly_before_the_last_answer_against_it() -> None:
    atria, _ = answered([LOW_P] * 20 + [HIGH_P])
    assert atria.onset == 100 * FS_HZ - LIMITS.af_lag_s * FS_HZ


def test_many_answers_of_a_medium_probability_begin_it() -> None:
    n = LIMITS.af_steady_answers
    assert not answered([MEDIUM_P] * (n - 1))[0].on
    assert answered([MEDIUM_P] * n)[0].on
    assert not answered([0.2] * 60)[0].on


def test_a_negative_answer_over_all_of_it_removes_it() -> None:
    _, renamed = answered([MEDIUM_P, HIGH_P, LOW_P])
    assert renamed[-1][1] == (250, {RHYTHM: "(N"})


def test_it_ends_with_the_last_answer_of_a_medium_probability() -> None:
    atria, renamed = answered([HIGH_P] * 20 + [LOW_P] * 40)
    assert not atria.on
    assert [since for _, (since, _) in renamed] == [250, 100 * FS_HZ]


def test_without_beats_it_ends() -> None:
    atria, _ = answered([HIGH_P] * 3)
    k = 40 * FS_HZ
    assert atria.add_answer(AtrialAnswer(k, HIGH_P, 250, 15 * FS_HZ), LIMITS) is None
    assert not atria.on


def test_it_is_an_alert_from_one_minute_on_until_two_minutes_without() -> None:
    holds = alert_s([HIGH_P] * 20 + [LOW_P] * 60)
    assert holds[0] == 65  # the first beat came after one second
    assert holds[-1] == 100 + LIMITS.af_recovery_s - EVERY_S
    assert holds == list(range(holds[0], holds[-1] + 1, EVERY_S))


def test_less_than_a_minute_is_no_alert() -> None:
    assert alert_s([LOW_P] * 20 + [HIGH_P] * 8 + [LOW_P] * 40) == []


def test_a_short_break_does_not_end_the_episode() -> None:
    atria = AtrialFibrillation()
    onsets = set()
    for index, p in enumerate([HIGH_P] * 20 + [LOW_P] * 15 + [HIGH_P] * 20, start=1):
        k = index * EVERY_S * FS_HZ
        atria.add_answer(AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300), LIMITS)
        onsets |= {condition.onset for condition in atria.conditions(k, LIMITS).values()}
    assert onsets == {250}


def test_no_beat_is_premature_in_fibrillation_of_a_high_probability() -> None:
    beat = [0.1, 0.9, 0.0, 0.0, 0.0], 150, np.zeros(N_FEATURES, np.float32), LIMITS
    assert answered([HIGH_P] * 6)[0].rules_out_s(*beat)
    assert not answered([MEDIUM_P] * 40)[0].rules_out_s(*beat)
    assert not AtrialFibrillation().rules_out_s(*beat)


def answer(index: int, p: float, p_wave: float, respiration: float, beats: int = 48) -> AtrialAnswer:
    k = index * EVERY_S * FS_HZ
    return AtrialAnswer(k, p, max(250, k - LOOKS_BACK_S * FS_HZ), k - 300, beats, p_wave, respiration)


@pytest.mark.parametrize(
    ("p_wave", "respiration", "fibrillates"),
    [(0.1, 0.2, True), (0.8, 0.2, False), (0.1, 0.8, False), (0.4, 0.4, False), (0.4, 0.2, True)],
)
def test_signs_of_a_sinus_rhythm_rule_it_out(p_wave: float, respiration: float, fibrillates: bool) -> None:
    atria = AtrialFibrillation()
    for index in range(1, 40):
        atria.add_answer(answer(index, HIGH_P, p_wave, respiration), LIMITS)
    assert atria.on is fibrillates
    assert (CODE in atria.conditions(40 * EVERY_S * FS_HZ, LIMITS)) is fibrillates


def test_over_few_beats_the_signs_count_for_nothing() -> None:
    atria = AtrialFibrillation()
    atria.add_answer(answer(2, HIGH_P, 0.9, 0.9, LIMITS.af_sinus_beats - 1), LIMITS)
    assert atria.on


def test_an_answer_that_is_ruled_out_does_not_begin_what_the_mean_would() -> None:
    atria = AtrialFibrillation()
    for index in range(1, 18):
        atria.add_answer(answer(index, MEDIUM_P, 0.1, 0.2), LIMITS)
    assert atria.add_answer(answer(18, MEDIUM_P, 0.9, 0.2), LIMITS) is None
    assert not atria.on


def test_the_evidence_names_the_signs() -> None:
    atria = AtrialFibrillation()
    for index in range(1, 20):
        atria.add_answer(answer(index, HIGH_P, 0.07, 0.21), LIMITS)
    rule = atria.conditions(19 * EVERY_S * FS_HZ, LIMITS)[CODE].rule
    assert "a steady P wave is 7% of the signal" in rule
    assert "21% of the variation of the RR intervals follows the breath" in rule


def test_an_answer_has_the_signs_of_its_beats() -> None:
    random = np.random.default_rng(3)
    breath = 0.9 + 0.2 * np.sin(2 * np.pi * 0.21 * np.arange(48))
    chaos = np.clip(0.7 * np.exp(0.25 * random.normal(size=48)), 0.3, 2.0)
    sleeper, fibrillation = (
        atrial_answer(20_000, 0.6, beats_at(rr_s, p_wave=p_wave)) for rr_s, p_wave in ((breath, 0.2), (chaos, 0.0))
    )
    assert (sleeper.p, sleeper.beats) == (0.6, 48)
    assert sleeper.is_sinus(LIMITS)
    assert not fibrillation.is_sinus(LIMITS)


def test_known_fibrillation_is_no_alert() -> None:
    assert alert_s([HIGH_P] * 40, RhythmLimits(known_af=True)) == []


@given(st.lists(st.sampled_from([HIGH_P, MEDIUM_P, LOW_P]), max_size=80))
def test_a_stretch_never_ends_before_it_begins(probabilities: list[float]) -> None:
    atria, renamed = answered(probabilities)
    assert all(since <= k for k, (since, _) in renamed)
    assert atria.until >= atria.onset or not renamed


SLEEPERS = {
    "slow and deep": Sleeper(rate_bpm=42, depth=0.35, breath_hz=0.16),
    "moderate": Sleeper(rate_bpm=60, depth=0.2, breath_hz=0.3),
    "fast breath": Sleeper(rate_bpm=78, depth=0.3, breath_hz=0.35),
    "arousals": Sleeper(arousals=1 / 60),
    "sinus pauses": Sleeper(pauses=0.03),
    "ventricular beats": Sleeper(pvcs=0.06),
    "premature atrial beats": Sleeper(pacs=0.06),
    "low P wave": Sleeper(p_size=0.4, depth=0.3),
    "wandering P wave": Sleeper(p_wander_s=0.015),
}


def afib_codes(record: EcgSource) -> tuple[list[str], list[str]]:
    """The alert codes and the names of rhythms of the shipped networks over a record."""
    networks = Runtime.load()
    ward = Ward(networks, config_of(networks.manifest.thresholds))
    chunks = record_chunks(record, stream_id="bed", session_id="sleeper", origin="replay", chunk_s=1.0)
    outputs: list[WardOutput] = []
    while batch := list(islice(chunks, 60)):
        outputs += ward.take(batch)
    codes = [output.code for output in outputs if isinstance(output, Alert)]
    return codes, [output.rhythm for output in outputs if isinstance(output, RhythmChange)]


@pytest.mark.slow
@pytest.mark.parametrize("sleeper", SLEEPERS.values(), ids=SLEEPERS.keys())
def test_a_sleeping_heart_does_not_fibrillate(sleeper: Sleeper) -> None:
    codes, _ = afib_codes(sleeping_heart(sleeper, 240.0))
    assert CODE not in codes


@pytest.mark.slow
def test_fibrillation_at_the_rate_of_sleep_is_alerted() -> None:
    codes, rhythms = afib_codes(sleeping_heart(Sleeper(rate_bpm=65, fibrillates=True), 240.0))
    assert CODE in codes
    assert RHYTHM in rhythms


@pytest.mark.slow
def test_a_sleeping_heart_that_was_called_fibrillating_is_not(shared_cases: Path) -> None:
    codes, rhythms = afib_codes(open_record(shared_cases / "AF1" / "sleeper"))
    assert CODE not in codes
    assert RHYTHM not in rhythms
