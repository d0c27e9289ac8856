"""Patients and signals that are in several records."""

from tests.support.explored import record
from training.explore.duplicates import SetOfRecords, find_duplicates
from training.explore.tables import RecordTable


def test_equal_stretches_make_a_pair_across_sets() -> None:
    one = SetOfRecords("one", [record("a", hashes=range(10)), record("b", hashes=range(100, 110))], RecordTable())
    other = SetOfRecords("other", [record("a", hashes=[5, 6, 7, 8])], RecordTable())
    (pair,) = find_duplicates([one, other]).signals
    assert (pair.one, pair.other, pair.stretches, pair.share) == ("one/a", "other/a", 4, 1.0)


def test_a_patient_in_two_sets_is_named() -> None:
    table = RecordTable(patients={"a": "mitdb 118", "b": "mitdb 119", "c": "mitdb 118"})
    one = SetOfRecords("one", [record("a"), record("b"), record("c")], table)
    other = SetOfRecords("other", [record("x/a")], table)
    (patient,) = find_duplicates([one, other]).patients
    assert (patient.patient, patient.records) == ("mitdb 118", ["one/a", "one/c", "other/x/a"])
    assert find_duplicates([one]).patients == [], "within a set it is no news"
