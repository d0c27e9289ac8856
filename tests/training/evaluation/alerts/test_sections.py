"""Each section is a field of the figures, and scores the findings against the reference."""

from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import wfdb

from tests.support.monitor_findings import alert, findings, rhythm
from tests.support.records_on_disk import counting, write_record
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
    borne_out,
    rates,
    read_reference,
    spliced_record,
    together,
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


def annotated_folder(folder: Path, name: str) -> RecordFolder:
    """A record of 40 s with flutter from 10 to 20 s, then six V beats at 120/min."""
    write_record(folder, counting(2, 40 * 250), name=name)
    v_samples = [25 * 250 + at * 125 for at in range(6)]
    wfdb.wrann(
        name,
        "atr",
        np.array([250, 2500, 5000, *v_samples]),
        ["N", "[", "]", *"V" * 6],
        fs=250,
        write_dir=str(folder),
    )
    return RecordFolder(folder, "nsrdb", [folder / name])


def test_high_alerts_are_held_against_all_annotations(tmp_path: Path) -> None:
    found = findings(
        alert("ventricular_fibrillation", 11, 14, 20), alert("ventricular_tachycardia", 25, 28, 29),
        alert("asystole", 35, 39), alert("pause", 30, 33), name="r1", duration_s=40.0,
    )  # fmt: skip
    runner = cast("MonitorRunner", None)
    folder = annotated_folder(tmp_path, "r1")
    source = SectionInput(folder, {"r1": found}, {}, resample_records(["r1"], 0), runner, 0)
    figures, cases = borne_out(source)
    assert [(row.code, row.raised, row.borne_out) for row in figures.codes] == [
        ("asystole", 1, 0), ("ventricular_fibrillation", 1, 1), ("ventricular_tachycardia", 1, 1), ("all", 3, 2),
    ]  # fmt: skip
    assert (figures.runs.episodes, figures.runs.in_time.value) == (1, 1.0)
    assert [(case.kind, case.at_s) for case in cases] == [("not borne out: asystole", 39)]
    both = together({"a": figures, "b": figures}, 0)
    assert list(both.by_record) == ["a/r1", "b/r1"]
    assert [(row.code, row.raised, row.borne_out) for row in both.codes][-1] == ("all", 6, 4)
    assert (both.runs.episodes, both.hours) == (2, pytest.approx(80 / 3600, abs=1e-3))
