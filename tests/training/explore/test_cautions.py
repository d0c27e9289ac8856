"""The sentences about a data set name what can spoil a fit, and nothing else."""

import pytest

from tests.support.explored import lead, record
from training.explore.cautions import cautions
from training.explore.data_set import data_set
from training.explore.record_facts import RecordFacts
from training.explore.tables import OF_MITDB, RecordTable

KNOWN = RecordTable(patients={name: name for name in "abcdefg"}, patient_source=OF_MITDB)


def text_of(facts: list[RecordFacts], table: RecordTable = KNOWN) -> str:
    return "\n".join(cautions(data_set("set", "", facts, table)))


def test_a_clean_and_balanced_set_has_no_caution() -> None:
    assert text_of([record(name, beats={"N": 10, "V": 10}) for name in "abcdefg"]) == ""


@pytest.mark.parametrize(
    ("facts", "table", "sentence"),
    [
        ([record("a", problem="broken")], KNOWN, "with a problem, see their table: 1 of 1, a"),
        ([record("a"), record("b", beats={"N": 1})], KNOWN, "without an annotation file (.atr): 1"),
        ([record("a")], RecordTable(), "patients are not known"),
        (
            [record("a"), record("b")],
            RecordTable(patients={"a": "x", "b": "x"}),
            "1 patient has several records: a and b",
        ),
        ([record("a"), record("b")], RecordTable("t.csv", {"a": ("N",)}, KNOWN.patients, ""), "label in t.csv: 1, b"),
        ([record("a", beats={"N": 99, "V": 1})], KNOWN, "N is 99 % of the beats"),
        ([record("a", beats={"N": 999, "V": 1})], KNOWN, "Rare, below 1 % of the beats: V (0.1 %)"),
        ([record("a", rhythms_s={"(N": 9.0})], KNOWN, "Fewer than 5 patients have this rhythm: (N (1)"),
        ([record("a", beats={"V": 99}), record("b", beats={"V": 1})], KNOWN, "V in a (99 %)"),
        (
            [record("a", leads=[lead("II"), lead("V1")]), record("b", leads=[lead("V1")])],
            KNOWN,
            "place in all records: V1",
        ),
        ([record("a", leads=[lead("II", missing=0.5)])], KNOWN, "missing in II (50.0 %)"),
        ([record("a", leads=[lead("II", poor=0.5)])], KNOWN, "Poor signal in a fifth of the time or more: II (50 %)"),
    ],
)
def test_a_caution_names_it(facts: list[RecordFacts], table: RecordTable, sentence: str) -> None:
    assert sentence in text_of(facts, table)
