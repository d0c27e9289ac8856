"""Which high alerts the reference bears out."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import alert, findings
from training.evaluation.alerts.scores.borne_out import (
    ALL,
    Annotated,
    BorneOutRow,
    ReferenceEvidence,
    borne_out_of,
    evidence_of,
    is_borne_out,
    judged_alerts,
    record_alerts,
)
from training.evaluation.alerts.scores.episodes import RUN, episode_row
from training.evaluation.alerts.scores.intervals import TimeInterval
from training.evaluation.alerts.scores.proportions import resample_records
from wardbeat.contracts.alert_codes import CODES
from wardbeat.ecg.io.annotations import read_symbols
from wardbeat.ecg.io.records import open_record

VF, VT = "ventricular_fibrillation", "ventricular_tachycardia"
SLOW, FAST = "extreme_bradycardia", "extreme_tachycardia"
HIGH = (VF, VT, "asystole", SLOW, FAST)


def beats(times_s: Sequence[float], symbols: str | Sequence[str] = "N") -> list[Annotated]:
    """Beats with these symbols; one symbol holds for all of them."""
    every = symbols if len(symbols) == len(times_s) else [symbols[0]] * len(times_s)
    return [Annotated(t_s, symbol, "") for t_s, symbol in zip(times_s, every, strict=True)]


def evidence(*annotations: Annotated, duration_s: float = 300.0) -> ReferenceEvidence:
    return evidence_of(annotations, duration_s)


def test_flutter_is_between_its_marks_and_where_the_rhythm_is_named() -> None:
    found = evidence(
        Annotated(10, "[", ""), Annotated(20, "]", ""), Annotated(30, "+", "(VFL"), Annotated(40, "+", "(N"),
        Annotated(50, "+", "(VFIB"), Annotated(60, "+", ""), Annotated(70, "+", "(VF"),
    )  # fmt: skip
    assert found.fibrillation == [
        TimeInterval(10, 20),
        TimeInterval(30, 40),
        TimeInterval(50, 60),
        TimeInterval(70, 300),
    ]


def test_a_mark_without_its_partner_has_no_length() -> None:
    assert not evidence(Annotated(5, "]", ""), Annotated(10, "[", "")).fibrillation


@pytest.mark.parametrize(
    ("symbols", "runs"),
    [
        ("NVVN", []),
        ("NVVVN", [(1, 3)]),
        ("VEF", [(0, 2)]),
        ("VVNVVVV", [(3, 6)]),
        ("rrrr", []),
        ("", []),
    ],
)
def test_three_ventricular_beats_in_a_row_are_a_run(symbols: str, runs: list[tuple[float, float]]) -> None:
    assert evidence(*beats(range(len(symbols)), symbols)).tachycardia == [TimeInterval(*run) for run in runs]


def test_marks_between_beats_do_not_end_a_run() -> None:
    first, second, third = beats([0, 1, 2], "V")
    found = evidence(first, Annotated(0.5, "~", ""), second, Annotated(1.5, "|", ""), third)
    assert found.tachycardia == [TimeInterval(0, 2)]


@pytest.mark.parametrize(("code", "near_s"), [(VF, 2.0), (VT, 5.0), (FAST, 5.0)])
def test_flutter_bears_out_alerts_near_it(code: str, near_s: float) -> None:
    found = evidence(Annotated(100, "[", ""), Annotated(110, "]", ""))
    assert is_borne_out(alert(code, 90, 100 - near_s), found)
    assert not is_borne_out(alert(code, 80, 99.9 - near_s), found)
    assert is_borne_out(alert(code, 110 + near_s, 120), found)
    assert not is_borne_out(alert(code, 110.1 + near_s, 120), found)
    assert is_borne_out(alert(code, 110 + near_s, 5), found), "raised before its onset: the time is the onset"


def test_ventricular_tachycardia_bears_out_no_fibrillation() -> None:
    found = evidence(Annotated(100, "+", "(VT"), Annotated(110, "+", "(N"))
    assert not is_borne_out(alert(VF, 100, 104), found)
    assert is_borne_out(alert(VT, 100, 104), found)


def test_a_pause_of_three_seconds_bears_out_asystole_and_a_slow_heart() -> None:
    found = evidence(*beats([*range(10), 12, 13]))
    for code in ("asystole", SLOW):
        assert is_borne_out(alert(code, 9, 13), found)
        assert not is_borne_out(alert(code, 14.1, 16), found) or code == SLOW
    assert not is_borne_out(alert("asystole", 9, 13), evidence(*beats([*range(10), 11.9])))


def test_a_rate_is_the_mean_of_five_beats_from_fifteen_seconds_before() -> None:
    slow = evidence(*beats(np.arange(0, 6 * 1.25, 1.25).tolist()))  # 48/min, the last middle of five beats at 3.75 s
    assert slow.rates[:, 0].tolist() == [2.5, 3.75]
    assert is_borne_out(alert(SLOW, 18.7, 20), slow)
    assert not is_borne_out(alert(SLOW, 18.75, 20), slow)
    assert not is_borne_out(alert(FAST, 4, 6), slow)
    fast = evidence(*beats(np.arange(100, 103, 0.4).tolist()))
    assert is_borne_out(alert(FAST, 90, 95.9), fast)
    assert not is_borne_out(alert(FAST, 90, 95.8), fast)
    four = evidence(*beats([0, 1.5, 3, 4.5]))
    assert not is_borne_out(alert(SLOW, 0, 5), four), "four beats have no rate"


def test_beats_at_one_sample_have_no_rate() -> None:
    assert not is_borne_out(alert(FAST, 0, 5), evidence(*beats([1.0] * 5)))


def test_other_codes_are_not_borne_out_and_only_high_physiological_alerts_count() -> None:
    found = findings(alert("tachycardia", 10, 12), alert("lead_off", 10, 12), alert(VF, 10, 12), alert(VF, 100, 102))
    judged = judged_alerts(found, evidence(Annotated(8, "+", "(VFL"), Annotated(20, "+", "(N")))
    assert [(one.onset_s, true) for one, true in judged] == [(10, True), (100, False)]
    assert {
        code
        for code in CODES
        if is_borne_out(alert(code, 10, 12), evidence(Annotated(0, "[", ""), Annotated(20, "]", "")))
    } == {VF, VT, FAST}


def test_figures_have_each_code_and_all_with_intervals() -> None:
    found = evidence(Annotated(8, "+", "(VFL"), Annotated(20, "+", "(N"))
    in_record = findings(alert(VF, 10, 12), alert(VF, 100, 102), alert(VT, 10, 12), duration_s=3600.0)
    records = {
        "a": record_alerts(judged_alerts(in_record, found), 3600.0),
        "b": record_alerts([], 3 * 3600.0),
    }
    resamples = resample_records(list(records), 0)
    figures = borne_out_of(records, (episode_row(RUN, [[], []], 10.0, resamples), []), resamples)
    rows = {row.code: row for row in figures.codes}
    assert list(rows) == [VF, VT, ALL]
    assert figures.hours == 4
    assert (rows[VF].raised, rows[VF].borne_out, rows[VF].share.value, rows[VF].false_a_day.value) == (2, 1, 0.5, 6.0)
    assert (rows[ALL].raised, rows[ALL].borne_out) == (3, 2)
    assert (rows[VF].false_a_day.low, rows[VF].false_a_day.high) == (0.0, 24.0), "only b, only a"


def test_without_alerts_there_is_no_share() -> None:
    resamples = resample_records(["a"], 0)
    runs = episode_row(RUN, [[]], 10.0, resamples)
    (row,) = borne_out_of({"a": record_alerts([], 3600.0)}, (runs, []), resamples).codes
    assert isinstance(row, BorneOutRow)
    assert np.isnan(row.share.value)
    assert row.false_a_day.value == 0


@given(
    st.lists(st.tuples(st.floats(0.2, 4), st.sampled_from("NVEFrS[]~")), max_size=40),
    st.sampled_from(HIGH),
    st.floats(0, 100),
    st.floats(0, 20),
)
def test_more_time_never_bears_out_less(
    steps: list[tuple[float, str]], code: str, onset_s: float, later_s: float
) -> None:
    times = np.cumsum([step for step, _ in steps]).tolist()
    found = evidence(*(Annotated(t_s, symbol, "") for t_s, (_, symbol) in zip(times, steps, strict=True)))
    if is_borne_out(alert(code, onset_s, onset_s + 1), found):
        assert is_borne_out(alert(code, onset_s, onset_s + 1 + later_s), found)


@pytest.mark.slow
def test_the_counts_equal_those_of_an_independent_script(shared_data: Path, tmp_path: Path) -> None:
    """Its records have flutter, runs, pauses, fast and slow hearts; the alerts are anywhere."""
    script = shared_data.parent / "tools" / "borne_out.py"
    if not script.is_file():
        pytest.skip("needs ../shared/tools")
    random = np.random.default_rng(1)
    ours = dict.fromkeys(HIGH, 0)
    names = ("104", "203", "205", "207", "213", "223", "232")
    for name in names:
        record = open_record(shared_data / "mitdb" / name)
        alerts = [
            alert(code, float(onset_s), float(onset_s + random.uniform(-2, 12)))
            for code in HIGH
            for onset_s in random.uniform(0, record.duration_s, 40)
        ]
        annotations = [Annotated(sample / record.fs, symbol, aux) for sample, symbol, aux in read_symbols(record.path)]
        found = evidence_of(annotations, record.duration_s)
        for one, true in judged_alerts(findings(*alerts), found):
            ours[one.code] += true
        lines = [
            {
                "code": one.code,
                "priority": "high",
                "kind": "physiological",
                "onset_s": one.onset_s,
                "raised_s": one.raised_s,
            }
            for one in alerts
        ]
        (tmp_path / f"{name}.alerts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = [sys.executable, str(script), str(shared_data / "mitdb"), str(tmp_path)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert {code: theirs["by_code"][code]["true"] for code in HIGH} == ours
    assert 0 < min(ours.values()) < 40 * len(names)
