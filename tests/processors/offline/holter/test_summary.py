"""All figures of the report."""

import pytest

from processors.offline.holter.spans import Span
from processors.offline.holter.summary import RrInterval, summarise
from tests.support.found_beats import alert, annotations, beat, beats_of, rhythm, seconds, status


def test_every_figure_of_a_small_record() -> None:
    beats = [*beats_of("NNVNSSN", rr_s=1, start_s=1), beat(10.5, "N", 3.5), beat(12.5, "N", 2.0)]
    found = annotations(
        beats,
        rhythms=[rhythm(1, "(N"), rhythm(20, "(AFIB"), rhythm(50, "(VT"), rhythm(55, "(AFIB")],
        statuses=[*seconds([70.0] * 40), *(status(float(at), None, "no_signal") for at in range(41, 61))],
        alerts=[
            alert("pause", 7, 12),
            alert("noisy_signal", 30, 34.5),
            alert("bradycardia", 8, None),
            alert("noisy_signal", 36, 37),
        ],
    )
    summary = summarise(found, 60)
    assert summary.beats == {"N": 6, "S": 2, "V": 1, "F": 0, "Q": 0}
    assert summary.total_beats == 9
    assert (summary.analysed_s, summary.noisy_s) == (40, 5.5)
    assert summary.longest_rr == RrInterval(3.5, 10.5)
    assert summary.long_rr == 2
    assert summary.pauses == [Span("pause", 7, 12)]
    assert summary.rate_episodes == [Span("bradycardia", 8, 60)]
    assert summary.af_episodes == [Span("(AFIB", 20, 50), Span("(AFIB", 55, 60)]
    assert (summary.af_s, summary.af_burden) == (20, 0.5)
    assert [(group.name, group.spans, group.total_s) for group in summary.rhythms] == [("(AFIB", 2, 35), ("(VT", 1, 5)]
    assert [(group.name, group.spans, group.first_s) for group in summary.alerts] == [
        ("bradycardia", 1, 8),
        ("pause", 1, 7),
        ("noisy_signal", 2, 30),
    ], "the most urgent first"
    assert summary.hr_limits_bpm == (50, 120)


def test_a_record_in_which_nothing_was_found_has_figures_too() -> None:
    summary = summarise(annotations(), 0.5)
    assert (summary.total_beats, summary.analysed_s, summary.af_burden) == (0, 0, 0)
    assert summary.rate is None
    assert summary.longest_rr is None
    assert summary.hr_limits_bpm is None
    assert len(summary.periods) == 1


def test_the_burden_never_exceeds_the_whole() -> None:
    found = annotations(rhythms=[rhythm(0, "(AFIB")], statuses=seconds([80.0] * 30))
    assert summarise(found, 30.9).af_burden == pytest.approx(1)
