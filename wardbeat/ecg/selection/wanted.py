"""The leads that a person wants, for all sources or for one: the text of the option ``--leads``."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wardbeat.errors import RecordError


class WantedLeads(NamedTuple):
    """The names of leads: for every record, and for single records in place of those.

    No names mean the automatic choice.
    """

    of_all: tuple[str, ...] = ()
    of_record: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, record: str) -> tuple[str, ...]:
        """The wanted leads of a record, in the order of their use."""
        return dict(self.of_record).get(record, self.of_all)

    def check_records(self, records: Iterable[str]) -> None:
        """Check that the records with leads of their own are among these.

        Raises
        ------
        RecordError
            If one is not; it may be misspelt.
        """
        there = set(records)
        missing = [record for record, _ in self.of_record if record not in there]
        if missing:
            some = ", ".join(sorted(there)[:5]) + (" …" if len(there) > 5 else "")
            raise RecordError(f"--leads {missing[0]}=…: no such record is used, only {some}; correct the name")


def wanted_leads(texts: Sequence[str]) -> WantedLeads:
    """The leads in texts such as ``II,V1`` (for every record) and ``102=V5,V2`` (for one record).

    Raises
    ------
    RecordError
        If a text names no lead, or two texts are for the same records.

    Examples
    --------
    >>> wanted_leads(["II,V1", "102=V5, V2"]).of("102")
    ('V5', 'V2')
    """
    parsed: dict[str, tuple[str, ...]] = {}
    for text in texts:
        record, _, names = text.rpartition("=")
        leads = tuple(name.strip() for name in names.split(","))
        if not all(leads):
            raise RecordError(f"--leads {text!r}: names of leads are separated by commas, an empty one given; add it")
        if record.strip() in parsed:
            raise RecordError(f"--leads {text!r}: the leads of the same records are given twice; give them once")
        parsed[record.strip()] = leads
    of_all = parsed.pop("", ())
    return WantedLeads(of_all, tuple(parsed.items()))
