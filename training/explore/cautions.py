"""What whoever fits on a data set has to know, in sentences: from its figures."""

from collections.abc import Iterator

from training.explore.data_set import ClassRow, DataSet

RARE, FEW_PATIENTS, LARGE_SHARE = 0.01, 5, 0.5
"""A class is rare below this proportion, has few patients below this number, lies in one record from this share on."""
POOR = 0.2
LEAST_BEATS = 20
"""The share of one record means nothing for a class with fewer beats."""
NAMED = 6
UNITS = {"beat": "beats", "rhythm": "of the annotated time", "record": "labelled records"}


def cautions(found: DataSet) -> list[str]:
    """The cautions about one data set."""
    return [*_records(found), *_patients(found), *_classes(found), *_leads(found)]


def _records(found: DataSet) -> Iterator[str]:
    problems = [row.record for row in found.rows if row.problem]
    if problems:
        yield f"Records with a problem, see their table: {len(problems)} of {found.records}, {_some(problems)}."
    if len(found.sampling_rates_hz) > 1:
        rates = ", ".join(f"{rate} Hz ({number})" for rate, number in found.sampling_rates_hz.items())
        yield f"The records have different sampling rates: {rates}."
    if 0 < found.annotated < found.readable:
        yield f"Readable records without an annotation file (.atr): {found.readable - found.annotated}."
    unlabelled = [row.record for row in found.rows if found.table and not row.labels]
    if unlabelled:
        yield f"Records without a label in {found.table}: {len(unlabelled)}, {_some(unlabelled)}."


def _patients(found: DataSet) -> Iterator[str]:
    if found.records_of_patient:
        several = list(found.records_of_patient.values())
        yield (
            f"{_patients_have(len(several))} several records: {_some([' and '.join(one[:4]) for one in several])}. "
            "Split by patient, never by record."
        )
    elif found.patient_source.startswith("not known"):
        yield "The patients are not known. If a person has several records, a split by record leaks."


def _classes(found: DataSet) -> Iterator[str]:
    for kind, unit in UNITS.items():
        rows = [row for row in found.classes if row.kind == kind]
        if not rows:
            continue
        first = rows[0]
        if len(rows) > 1 and first.share > LARGE_SHARE:
            yield (
                f"{first.name} is {100 * first.share:.0f} % of the {unit.removeprefix('of the ')}: a model that always "
                "answers so is right that often. Accuracy alone is no result."
            )
        rare = [f"{row.name} ({100 * row.share:.2g} %)" for row in rows if row.share < RARE]
        if rare:
            yield f"Rare, below 1 % {'of the ' + unit if kind != 'rhythm' else unit}: {_some(rare)}."
        few = [f"{row.name} ({row.patients})" for row in rows if row.patients < FEW_PATIENTS]
        if few:
            yield f"Fewer than {FEW_PATIENTS} patients have this {kind if kind != 'record' else 'label'}: {_some(few)}."
        one = [_in_one(row) for row in rows if kind != "record" and _is_in_one(row)]
        if one:
            yield f"Most of a class lies in one record: {_some(one)}. Show figures by record."


def _patients_have(number: int) -> str:
    return "1 patient has" if number == 1 else f"{number} patients have"


def _is_in_one(row: ClassRow) -> bool:
    return row.records > 1 and row.largest_share >= LARGE_SHARE and row.count >= LEAST_BEATS


def _in_one(row: ClassRow) -> str:
    return f"{row.name} in {row.largest_record} ({100 * row.largest_share:.0f} %)"


def _leads(found: DataSet) -> Iterator[str]:
    moved = [row.name for row in found.leads if len(row.places) > 1]
    if moved:
        yield f"Leads are not at the same place in all records: {_some(moved)}. Choose leads by name, not by position."
    scales = sorted({gain for row in found.leads for gain in row.gains_per_mv})
    if len(scales) > 1:
        yield f"Gains differ, from {scales[0]:g} to {scales[-1]:g} ADC units per mV. Use mV."
    missing = [f"{row.name} ({100 * row.missing:.1f} %)" for row in found.leads if row.missing > 0.001]
    if missing:
        yield f"Samples are missing in {_some(missing)}."
    poor = [f"{row.name} ({100 * row.poor:.0f} %)" for row in found.leads if row.poor >= POOR]
    if poor:
        yield f"Poor signal in a fifth of the time or more: {_some(poor)}."


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
