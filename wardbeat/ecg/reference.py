"""What a reference annotation states: a beat with its AAMI class, a change of rhythm."""

from typing import NamedTuple

from wardbeat.contracts.messages import Symbol


class ReferenceBeat(NamedTuple):
    """A beat at a sample of the record (at its ``fs``)."""

    sample: int
    symbol: Symbol


class ReferenceRhythm(NamedTuple):
    """From this sample on the rhythm is ``rhythm``, a WFDB aux string such as ``(AFIB``."""

    sample: int
    rhythm: str
