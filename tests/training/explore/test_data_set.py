"""The records of a data set together: classes, patients, leads."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.explored import lead, record
from training.explore.data_set import data_set, spread
from training.explore.tables import RecordTable

TABLE = RecordTable("labels", {"a": ("N",), "b": ("N", "X")}, {"a": "one", "b": "one"}, "a table")


def test_classes_have_their_records_and_patients() -> None:
    facts = [
        record("a", beats={"N": 90, "V": 8}, rhythms_s={"(N": 60.0}),
        record("sub/b", beats={"N": 100, "V": 2}, rhythms_s={"(N": 30.0, "(VT": 10.0}),
        record("c", beats={}),
        record("d", problem="d.hea: no such header"),
    ]
    found = data_set("set", "folder", facts, TABLE)
    assert (found.records, found.readable, found.patients, found.annotated) == (4, 3, 3, 3)
    assert found.records_of_patient == {"one": ["a", "sub/b"]}
    rows = {(row.kind, row.name): row for row in found.classes}
    assert list(rows) == [
        ("beat", "N"),
        ("beat", "V"),
        ("rhythm", "(N"),
        ("rhythm", "(VT"),
        ("record", "N"),
        ("record", "X"),
    ]
    ventricular = rows["beat", "V"]
    assert (ventricular.count, ventricular.records, ventricular.patients, ventricular.aami) == (10, 2, 1, "V")
    assert (ventricular.largest_record, ventricular.largest_share) == ("a", 0.8)
    assert ventricular.share == pytest.approx(0.05)
    assert rows["record", "N"].share == 1.0, "of the labelled records"
    assert rows["record", "X"].share == 0.5
    assert rows["rhythm", "(VT"].share == pytest.approx(0.1)
    assert [row.problem for row in found.rows][-1] == "d.hea: no such header"


def test_without_reference_beats_the_intervals_are_the_monitor_s() -> None:
    measured = record("a", detected_rr_s=[1.0, 0.5])
    assert data_set("set", "", [measured], TABLE).rr_source == "beats of the live monitor"
    found = data_set("set", "", [measured, record("b", beats={"N": 2}, rr_s=[0.8])], TABLE)
    assert (found.rr_source, found.rr.n if found.rr else 0) == ("reference beats", 1)
    rates = [row.rate_bpm for row in found.rows]
    assert rates == [None, 75.0]


def test_leads_are_those_of_one_name() -> None:
    facts = [
        record("a", leads=[lead("II", missing=0.0), lead("V1")], duration_s=10.0),
        record("b", leads=[lead("V1"), lead("II", missing=0.4)], duration_s=30.0),
    ]
    two, one = sorted(data_set("set", "", facts, TABLE).leads, key=lambda row: row.name)
    assert (two.name, two.places, one.places) == ("II", {1: 1, 2: 1}, {1: 1, 2: 1})
    assert two.missing == pytest.approx(0.3), "weighted by the length"
    assert two.amplitude_mv == 1.0


def test_a_spread_keeps_what_is_outside_its_borders() -> None:
    found = spread(np.array([-1.0, 0.5, 99.0]), np.array([0.0, 1.0, 2.0]))
    assert found is not None
    assert (found.n, found.counts, found.quantiles["0.5"]) == (3, [2, 1], 0.5)
    assert spread(np.zeros(0), np.array([0.0, 1.0])) is None


def test_no_record_readable_is_no_error_here(tmp_path: Path) -> None:
    found = data_set("set", str(tmp_path), [record("d", problem="broken")], RecordTable())
    assert (found.readable, found.hours, found.classes, found.leads, found.rr) == (0, 0.0, [], [], None)
