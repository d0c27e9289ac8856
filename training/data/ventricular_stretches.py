"""Stretches of records on which nobody disputes that they are tachycardia or fibrillation, and the disputed ones.

In five records of vfdb the reference rhythm disagrees with the trace, so figures of fibrillation against tachycardia
use this list. It was made by looking at the traces; it takes annotated stretches whole. Flutter is not in it, as it may
be called either. The thresholds that tell the two apart were chosen on the same records, so figures on them are
optimistic. The list is beside this module; its last column has the reasons.
"""

import csv
from pathlib import Path
from typing import Literal, NamedTuple

LIST = Path(__file__).with_name("ventricular_stretches.csv")
StretchRhythm = Literal["VF", "VT", "disputed"]


class RhythmStretch(NamedTuple):
    """A part of a record, in seconds, with its rhythm and why it has this name."""

    database: str
    record: str
    begin_s: float
    end_s: float
    rhythm: StretchRhythm
    why: str


def read_stretches() -> list[RhythmStretch]:
    """All stretches of the list, by record and time."""
    with LIST.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    stretches = [
        RhythmStretch(
            row["database"],
            row["record"],
            float(row["begin_s"]),
            float(row["end_s"]),
            _rhythm(row["rhythm"]),
            row["why"],
        )
        for row in rows
    ]
    return sorted(stretches)


def _rhythm(name: str) -> StretchRhythm:
    match name:
        case "VF" | "VT" | "disputed":
            return name
        case _:
            raise ValueError(f"{LIST.name}: rhythm {name!r} is none of VF, VT, disputed; correct the list")
