"""One data set as the exploration shows it: its records together. Pure functions of what was read from each record."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.explore.lead_facts import LeadFacts
from training.explore.record_facts import RecordFacts
from training.explore.tables import RecordTable
from wardbeat.ecg.aami import AAMI_CLASS

Kind = Literal["beat", "rhythm", "record"]
RR_EDGES_S = np.arange(0.0, 3.01, 0.02)
"""Borders of the histogram of RR intervals; longer ones count in the last bin."""
RATE_EDGES_BPM = np.arange(20.0, 241.0, 5.0)
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


class ClassRow(msgspec.Struct, frozen=True):
    """One class of beats, rhythms or records.

    Attributes
    ----------
    kind : str
        What is counted: beats, seconds of a rhythm, or records.
    name : str
        WFDB symbol or aux string, or the label in the table of the data set.
    aami : str or None
        AAMI class of a beat.
    count : float
        Beats, seconds or records.
    share : float
        Proportion of all of this kind, from 0 to 1. Records with several labels count for each of them.
    records, patients : int
        That have any.
    largest_record : str
        The record with most of the class.
    largest_share : float
        Its proportion of the class.
    """

    kind: Kind
    name: str
    aami: str | None
    count: float
    share: float
    records: int
    patients: int
    largest_record: str
    largest_share: float


class Distribution(msgspec.Struct, frozen=True):
    """Quantiles of numbers by their proportion, as ``0.5``, and a histogram: borders of its bins, numbers in them."""

    n: int
    quantiles: dict[str, float]
    edges: list[float]
    counts: list[int]


class LeadSummary(msgspec.Struct, frozen=True):
    """All records' leads of one name; proportions are means over the records, weighted by their length.

    ``places`` counts the records by the place of the lead in them, from 1.
    """

    name: str
    records: int
    places: dict[int, int]
    gains_per_mv: list[float]
    missing: float
    flat: float
    amplitude_mv: float | None
    unusable: float
    poor: float
    quality: float


class RecordSummary(msgspec.Struct, frozen=True):
    """One record; ``problem`` is None if everything could be read."""

    record: str
    patient: str | None
    problem: str | None
    fs_hz: float
    duration_s: float
    leads: list[LeadFacts]
    labels: list[str]
    beats: dict[str, int]
    rhythms_s: dict[str, float]
    rate_bpm: float | None


class DataSet(msgspec.Struct, frozen=True):
    """What a data set looks like.

    Attributes
    ----------
    name, folder : str
    records, readable : int
    hours : float
    patients : int
    patient_source : str
        How the patients are known.
    table : str
        The table with the labels of the records; empty without one.
    annotated : int
        Records with an annotation file.
    sampling_rates_hz : dict of str to int
        Number of records by rate.
    lengths_s : Distribution
    classes : list of ClassRow
    rr : Distribution or None
    rr_source : str
        "reference beats", or "beats of the live monitor" where no record has reference beats.
    rates : Distribution or None
        Median rate of each record, per minute.
    leads : list of LeadSummary
    records_of_patient : dict of str to list of str
        Patients with several records.
    warnings : list of str
        What whoever fits on this data set has to know.
    rows : list of RecordSummary
    """

    name: str
    folder: str
    records: int
    readable: int
    hours: float
    patients: int
    patient_source: str
    table: str
    annotated: int
    sampling_rates_hz: dict[str, int]
    lengths_s: Distribution
    classes: list[ClassRow]
    rr: Distribution | None
    rr_source: str
    rates: Distribution | None
    leads: list[LeadSummary]
    records_of_patient: dict[str, list[str]]
    warnings: list[str]
    rows: list[RecordSummary]


def base_name(record: str) -> str:
    """The name of a record without the folders before it: tables name records so."""
    return record.rsplit("/", 1)[-1]


def patient_of_record(table: RecordTable, record: str) -> str | None:
    """The patient of a record, if known."""
    return table.patients.get(base_name(record))


def data_set(name: str, folder: str, facts: Sequence[RecordFacts], table: RecordTable) -> DataSet:
    """Put the records of a data set together; its ``warnings`` are empty yet (:mod:`training.explore.cautions`)."""
    good = [one for one in facts if one.readable]
    with_beats = [one for one in good if one.annotations and one.annotations.beats]
    rr_s = [_rr_of(one, bool(with_beats)) for one in good]
    medians = np.array([60.0 / np.median(one) for one in rr_s if len(one)])
    patients = [patient_of_record(table, one.record) or one.record for one in facts]
    of_patient: defaultdict[str, list[str]] = defaultdict(list)
    for one, patient in zip(facts, patients, strict=True):
        of_patient[patient].append(one.record)
    return DataSet(
        name=name,
        folder=folder,
        records=len(facts),
        readable=len(good),
        hours=round(sum(one.duration_s for one in good) / 3600, 3),
        patients=len(of_patient),
        patient_source=table.patient_source,
        table=table.name,
        annotated=sum(one.annotations is not None for one in good),
        sampling_rates_hz=dict(Counter(f"{one.fs:g}" for one in good).most_common()),
        lengths_s=_lengths(np.array([one.duration_s for one in good])),
        classes=_classes(good, table),
        rr=spread(np.concatenate([*rr_s, np.zeros(0)]), RR_EDGES_S),
        rr_source="reference beats" if with_beats else "beats of the live monitor",
        rates=spread(medians, RATE_EDGES_BPM),
        leads=_leads(good),
        records_of_patient={patient: records for patient, records in of_patient.items() if len(records) > 1},
        warnings=[],
        rows=[_row(one, table, bool(with_beats)) for one in facts],
    )


def spread(values: NDArray[np.floating], edges: NDArray[np.floating]) -> Distribution | None:
    """Quantiles and histogram; values outside the borders count in the first and the last bin. None without values."""
    if not len(values):
        return None
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], edges[0]))
    counts, _ = np.histogram(inside, edges)
    return Distribution(
        n=len(values),
        quantiles={f"{q:g}": round(float(np.quantile(values, q)), 4) for q in QUANTILES},
        edges=[round(float(edge), 6) for edge in edges],
        counts=counts.tolist(),
    )


def _lengths(lengths_s: NDArray[np.float64]) -> Distribution:
    top = float(lengths_s.max(initial=0.0)) or 1.0
    found = spread(lengths_s, np.linspace(0.0, top * 1.0001, 41))
    return found or Distribution(0, {}, [], [])


def _rr_of(one: RecordFacts, reference: bool) -> NDArray[np.float32]:
    if reference:
        return one.annotations.rr_s if one.annotations else np.zeros(0, np.float32)
    return one.detected_rr_s


def _classes(good: Sequence[RecordFacts], table: RecordTable) -> list[ClassRow]:
    beats = {one.record: dict(one.annotations.beats) for one in good if one.annotations}
    rhythms = {one.record: one.annotations.rhythms_s for one in good if one.annotations}
    labels = {one.record: dict.fromkeys(table.labels.get(base_name(one.record), ()), 1) for one in good}
    return [
        *_class_rows("beat", beats, table),
        *_class_rows("rhythm", rhythms, table),
        *_class_rows("record", labels, table),
    ]


def _class_rows(
    kind: Kind, of_records: dict[str, dict[str, int]] | dict[str, dict[str, float]], table: RecordTable
) -> Iterable[ClassRow]:
    """One row a class, the most frequent first."""
    amounts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for record, found in of_records.items():
        for name, amount in found.items():
            amounts[name][record] = float(amount)
    whole = len([one for one in of_records.values() if one]) if kind == "record" else 0.0
    whole = whole or sum(sum(by_record.values()) for by_record in amounts.values())
    for name, by_record in sorted(amounts.items(), key=lambda item: -sum(item[1].values())):
        total, largest = sum(by_record.values()), max(by_record, key=lambda record: by_record[record])
        yield ClassRow(
            kind=kind,
            name=name,
            aami=AAMI_CLASS.get(name) if kind == "beat" else None,
            count=round(total, 3),
            share=total / whole if whole else 0.0,
            records=len(by_record),
            patients=len({patient_of_record(table, record) or record for record in by_record}),
            largest_record=largest,
            largest_share=by_record[largest] / total if total else 0.0,
        )


def _leads(good: Sequence[RecordFacts]) -> list[LeadSummary]:
    found: defaultdict[str, list[tuple[RecordFacts, int]]] = defaultdict(list)
    for one in good:
        for place, lead in enumerate(one.leads):
            found[lead.name].append((one, place))
    return [_lead_row(name, places) for name, places in sorted(found.items(), key=lambda item: -len(item[1]))]


def _lead_row(name: str, places: Sequence[tuple[RecordFacts, int]]) -> LeadSummary:
    leads = [one.leads[place] for one, place in places]
    weights = np.array([one.duration_s for one, _ in places])
    amplitudes = [lead.amplitude_mv for lead in leads if lead.amplitude_mv is not None]

    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weights))

    return LeadSummary(
        name=name,
        records=len(places),
        places=dict(sorted(Counter(place + 1 for _, place in places).items())),
        gains_per_mv=sorted({round(one.gain[place], 3) for one, place in places}),
        missing=mean([lead.missing for lead in leads]),
        flat=mean([lead.flat for lead in leads]),
        amplitude_mv=float(np.median(amplitudes)) if amplitudes else None,
        unusable=mean([lead.unusable for lead in leads]),
        poor=mean([lead.poor for lead in leads]),
        quality=mean([lead.quality for lead in leads]),
    )


def _row(one: RecordFacts, table: RecordTable, reference: bool) -> RecordSummary:
    rr_s = _rr_of(one, reference)
    return RecordSummary(
        record=one.record,
        patient=patient_of_record(table, one.record),
        problem=one.problem,
        fs_hz=one.fs,
        duration_s=round(one.duration_s, 3),
        leads=one.leads,
        labels=list(table.labels.get(base_name(one.record), ())),
        beats=one.annotations.beats if one.annotations else {},
        rhythms_s={name: round(seconds, 3) for name, seconds in one.annotations.rhythms_s.items()}
        if one.annotations
        else {},
        rate_bpm=round(60.0 / float(np.median(rr_s)), 1) if len(rr_s) else None,
    )
