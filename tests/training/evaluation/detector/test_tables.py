"""Rows of single records and of groups of records."""

import pytest

from tests.support.scored_beats import scored_beats, scored_record
from training.evaluation.detector.ec57 import qrs_rates
from training.evaluation.detector.tables import (
    RecordRow,
    class_groups,
    group_rows,
    headline_group,
    qrs_groups,
    record_row,
    row_named,
)
from training.evaluation.provenance import Scorer, Seen

GOOD = scored_beats(*[("N", "N")] * 9, ("V", "V"))
BAD = scored_beats(*[("N", "N")] * 4, *[("N", "none")] * 6)


def row(name: str, seen: Seen = "unseen") -> RecordRow:
    return record_row(scored_record(name, GOOD), Scorer(seen))


def test_mitdb_has_its_halves_and_ds2_without_two_records() -> None:
    rows = [row("102"), row("119", "fitted on"), row("100"), row("202", "fitted on"), row("232")]
    assert qrs_groups(rows) == {
        "all": ["102", "119", "100", "202", "232"],
        "all not fitted on": ["102", "100", "232"],
        "DS1": ["119"],
        "DS2": ["100", "202", "232"],
    }
    groups = class_groups(rows)
    assert groups["all but paced"] == ["119", "100", "202", "232"]
    assert groups["all not fitted on"] == groups["DS2 without 202"] == ["100", "232"]
    assert groups["DS2 without 232"] == ["100", "202"]
    assert headline_group(groups) == "DS2"


def test_other_databases_are_one_group() -> None:
    rows = [row("I01"), row("I02")]
    assert qrs_groups(rows) == class_groups(rows) == {"all": ["I01", "I02"]}
    assert headline_group(class_groups(rows)) == "all"


def test_the_headline_is_of_patients_not_seen() -> None:
    assert headline_group(class_groups([row("S001", "fitted on"), row("S002", "held out")])) == "all not fitted on"


def test_gross_counts_beats_and_average_counts_records() -> None:
    rows = [record_row(scored_record(name, beats), Scorer("unseen")) for name, beats in (("a", GOOD), ("b", BAD))]
    (all_,) = group_rows(rows, {"all": ["a", "b"]}, qrs_rates, seed=0)
    assert all_.rates["qrs_se"].gross == pytest.approx(14 / 20)
    assert all_.rates["qrs_se"].average == pytest.approx((1.0 + 0.4) / 2)
    long = record_row(scored_record("c", scored_beats(*[("N", "N")] * 80)), Scorer("unseen"))
    (weighed,) = group_rows([*rows, long], {"all": ["a", "b", "c"]}, qrs_rates, seed=0)
    assert weighed.rates["qrs_se"].gross == pytest.approx(94 / 100)
    assert weighed.rates["qrs_se"].average == pytest.approx(2.4 / 3)
    assert row_named("no such group", [weighed]) is weighed
