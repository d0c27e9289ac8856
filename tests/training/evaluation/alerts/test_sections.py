"""Each section is a field of the figures, and scores the findings against the reference."""

from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.folders import KINDS, RecordFolder
from training.evaluation.alerts.monitor_runner import MonitorRunner
from training.evaluation.alerts.results import FolderFigures
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.alerts.sections import (
    SECTIONS,
    Reference,
    SectionInput,
    asystole,
    atrial_beats,
    rates,
    read_reference,
    spliced_record,
)
from wardbeat.ecg.io.excerpts import excerpts_folder


def section_input(found: MonitorFindings, reference: Reference) -> SectionInput:
    folder = RecordFolder(Path("mitdb"), "mitdb", [Path("rec")])
    runner = cast("MonitorRunner", None)  # these sections run no further signals
    return SectionInput(folder, {"rec": found}, {"rec": reference}, resample_records(["rec"], 0), runner, 0)


def test_each_kind_of_folder_has_sections_and_each_section_a_field() -> None:
    assert set(SECTIONS) == set(KINDS)
    assert {name for sections in SECTIONS.values() for name in sections} <= set(FolderFigures.__struct_fields__)


def test_a_wrong_rate_is_an_error_and_flutter_is_counted_in_three_ways() -> None:
    beats_s = np.arange(0.0, 60.0, 1.0)
    found = findings(hr_bpm=[(30.0, 60.0), (31.0, 90.0)], rhythms=[(0.0, "(N"), (30.0, "(AFIB")], duration_s=60)
    source = section_input(found, Reference(beats_s.tolist(), [rhythm("(N", 0, 30), rhythm("(AFL", 30, 60)]))
    figures, cases = rates(source)
    assert (figures.seconds, figures.right_of_shown.value) == (2, 0.5)
    assert [(case.kind, case.at_s) for case in cases] == [("wrong heart rate", 31.0)]
    rows, _ = atrial_beats(source)
    assert [(row.flutter, row.tp, row.fp) for row in rows] == [
        ("left out", 0, 0),
        ("as other", 0, 30),
        ("as AF", 30, 0),
    ]


def test_every_alert_of_asystole_is_listed() -> None:
    found = findings(alert("asystole", 10, 14, 20), alert("pause", 30, 34))
    listed, cases = asystole(section_input(found, Reference([], [])))
    assert [(one.record, one.onset_s, one.ended_s) for one in listed] == [("rec", 10, 20)]
    assert [case.kind for case in cases] == ["asystole alert"]


@pytest.mark.slow
def test_the_reference_of_a_record_is_in_seconds_and_splices_change_its_signal_only() -> None:
    with excerpts_folder() as folder:
        path = folder / "119"
        reference = read_reference(path)
        altered = partial(spliced_record, path, None)()
        assert altered.n_samples == altered.record.n_samples
        assert not np.array_equal(altered.read(120 * 360, 121 * 360), altered.record.read(120 * 360, 121 * 360))
        np.testing.assert_array_equal(altered.read(0, 360), altered.record.read(0, 360))
    assert 0 < reference.beats_s[0] < 2
    assert {one.rhythm for one in reference.rhythms} >= {"(N", "(B"}
