"""The same patient or the same signal in several records, within a data set and across data sets."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from training.explore.data_set import base_name
from training.explore.fingerprints import equal_stretches
from training.explore.record_facts import RecordFacts
from training.explore.tables import RecordTable


class SharedSignal(msgspec.Struct, frozen=True):
    """Two records, as ``set/record``, with equal stretches of signal.

    Attributes
    ----------
    one, other : str
    stretches : int
        Equal stretches of one second, over all leads.
    share : float
        Their proportion of the stretches of the record that has fewer.
    """

    one: str
    other: str
    stretches: int
    share: float


class SharedPatient(msgspec.Struct, frozen=True):
    """A patient whose records are in several data sets, as ``set/record``."""

    patient: str
    records: list[str]


class Duplicates(msgspec.Struct, frozen=True):
    """What is in the data sets more than once."""

    signals: list[SharedSignal]
    patients: list[SharedPatient]


class SetOfRecords(msgspec.Struct, frozen=True):
    """A data set for the search: its name, what was read from its records, its table."""

    name: str
    facts: Sequence[RecordFacts]
    table: RecordTable


def find_duplicates(sets: Sequence[SetOfRecords]) -> Duplicates:
    """Search all records of all data sets for equal stretches of signal, and for patients in several data sets."""
    names = [f"{one.name}/{facts.record}" for one in sets for facts in one.facts]
    hashes = [facts.fingerprints for one in sets for facts in one.facts]
    signals = [
        SharedSignal(names[a], names[b], number, number / max(1, min(len(hashes[a]), len(hashes[b]))))
        for (a, b), number in equal_stretches(hashes).items()
    ]
    return Duplicates(sorted(signals, key=lambda one: -one.stretches), _shared_patients(sets))


def _shared_patients(sets: Sequence[SetOfRecords]) -> list[SharedPatient]:
    found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in sets:
        for facts in one.facts:
            patient = one.table.patients.get(base_name(facts.record))
            if patient:
                found[patient][one.name].append(f"{one.name}/{facts.record}")
    return [
        SharedPatient(patient, [record for records in by_set.values() for record in records])
        for patient, by_set in sorted(found.items())
        if len(by_set) > 1
    ]
