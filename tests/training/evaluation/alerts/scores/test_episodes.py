"""Sustained VF and VT, and seconds until they are alerted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.scores.episodes import (
    IN_TIME_S,
    RUN,
    ScoredEpisode,
    episode_row,
    episode_rows,
    joined_intervals,
    score_episodes,
    score_joined,
    score_runs,
)
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import resample_records
from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.reference import ReferenceBeat

REFERENCE = [
    rhythm("(N", 0, 20), rhythm("(VT", 20, 26), rhythm("(VF", 26, 60), rhythm("(N", 60, 80), rhythm("(VT", 80, 90),
    rhythm("(N", 90, 120), rhythm("(VT", 120, 127.9), rhythm("(N", 127.9, 200),
]  # fmt: skip


def raised(*alerts: tuple[str, float, float, float | None]) -> list[tuple[str, float | None, str | None, float | None]]:
    found = score_episodes("rec", findings(*(alert(*one) for one in alerts), duration_s=200.0), REFERENCE)
    return [(one.kind, one.raised_s, one.code, one.any_high_s) for one in found]


def test_what_passes_into_vf_is_one_episode_and_short_ones_are_none() -> None:
    found = score_episodes("rec", findings(duration_s=200.0), REFERENCE)
    assert [(one.kind, one.onset_s, one.duration_s) for one in found] == [("VF", 20, 40), ("VT", 80, 10)]


def test_the_first_alert_of_the_episode_counts() -> None:
    assert raised(
        ("ventricular_fibrillation", 30.0, 35.0, 60.0),
        ("ventricular_tachycardia", 21.0, 24.5, 30.0),
        ("asystole", 81.0, 85.0, 88.0),
    ) == [("VF", 4.5, "ventricular_tachycardia", 4.5), ("VT", None, None, 5.0)]


def test_an_alert_that_stands_already_is_no_late_one() -> None:
    assert raised(("ventricular_tachycardia", 5.0, 9.0, 25.0))[0] == ("VF", 0.0, "ventricular_tachycardia", 0.0)


def test_an_alert_may_come_when_the_episode_is_over_if_it_is_of_it() -> None:
    assert raised(("ventricular_tachycardia", 82.0, 91.5, 92.0))[1][1] == 11.5
    assert raised(("ventricular_tachycardia", 90.0, 91.5, 95.0))[1][1] is None


def test_alerts_that_are_not_urgent_do_not_count() -> None:
    assert raised(("ventricular_run", 81.0, 82.0, 85.0), ("lead_off", 81.0, 82.0, 85.0))[1][1:] == (None, None, None)


def test_streams_join_where_enough_vf_is_left() -> None:
    reference = [rhythm("(VFL", 10, 29.9), rhythm("(N", 29.9, 40), rhythm("(VFIB", 40, 50), rhythm("(VF", 50, 60)]
    (left,) = joined_intervals(reference)
    assert left == TimeInterval(45.0, 60.0)
    found = score_joined("rec", left, findings(alert("ventricular_fibrillation", 0.0, 6.0), duration_s=30.0))
    assert (found.onset_s, found.duration_s, found.raised_s) == (45.0, 15.0, 6.0)


def test_never_alerted_takes_forever() -> None:
    episodes = [ScoredEpisode("rec", "VT", 0.0, 9.0, seconds, "x", None) for seconds in (2.0, 4.0, 12.0, None)]
    row = episode_row("VT", [episodes[:1], episodes[1:]], 10.0, resample_records(["a", "b"], 0))
    assert (row.episodes, row.alerted, row.in_time.value, row.median_s) == (4, 3, 0.5, 4.0)
    assert row.p90_s == math.inf
    assert row.any_high_in_time.value == 0.0


@given(st.lists(st.lists(st.tuples(st.sampled_from(["VF", "VT"]), st.none() | st.floats(0, 40))), min_size=1))
def test_kinds_add_up(records: list[list[tuple[str, float | None]]]) -> None:
    episodes = [[ScoredEpisode("rec", kind, 0.0, 9.0, at, None, at) for kind, at in record] for record in records]
    every, fibrillation, tachycardia = episode_rows(
        episodes, resample_records([str(n) for n in range(len(records))], 0)
    )
    assert every.episodes == fibrillation.episodes + tachycardia.episodes == sum(map(len, records))
    assert every.alerted == fibrillation.alerted + tachycardia.alerted
    if every.episodes:
        assert every.in_time.value <= every.alerted / every.episodes
        assert every.median_s <= every.p90_s


def beats(*groups: tuple[Symbol, int, float], fs: float = 360.0) -> list[ReferenceBeat]:
    """Groups of (class, beats, RR interval in s), one after the other from 1 s on."""
    symbols = [(symbol, rr_s) for symbol, n, rr_s in groups for _ in range(n)]
    times = 1.0 + np.cumsum([0.0, *(rr_s for _, rr_s in symbols[:-1])])
    return [ReferenceBeat(round(t_s * fs), symbol) for t_s, (symbol, _) in zip(times, symbols, strict=True)]


@pytest.mark.parametrize(
    ("symbol", "n", "rr_s", "runs"),
    [("V", 5, 0.5, 1), ("V", 4, 0.4, 0), ("V", 9, 0.6, 0), ("V", 9, 0.59, 1), ("F", 9, 0.4, 0), ("S", 9, 0.4, 0)],
)
def test_a_run_has_five_v_beats_at_over_100(symbol: Symbol, n: int, rr_s: float, runs: int) -> None:
    assert len(score_runs("rec", findings(), beats(("N", 3, 0.8), (symbol, n, rr_s), ("N", 3, 0.8)), 360.0)) == runs


def test_a_run_is_alerted_from_its_first_beat() -> None:
    reference = beats(("N", 4, 1.0), ("V", 6, 0.5), ("N", 9, 1.0), ("V", 6, 0.5))
    found = findings(alert("ventricular_tachycardia", 5.0, 7.5, 8.0), alert("ventricular_run", 17.0, 20.0, 22.0))
    first, second = score_runs("rec", found, reference, 360.0)
    assert (first.onset_s, first.raised_s, first.code) == (5.0, 2.5, "ventricular_tachycardia")
    assert (second.raised_s, second.kind) == (None, RUN)
    row = episode_row(RUN, [[first, second]], IN_TIME_S, resample_records(["rec"], 0))
    assert (row.episodes, row.in_time.value) == (2, 0.5)


def test_beats_at_one_sample_are_no_fast_run() -> None:
    assert score_runs("rec", findings(), [ReferenceBeat(100, "V")] * 5, 360.0) == []
