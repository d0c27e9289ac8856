"""Finds the twelve standard leads of a record by their names."""

import re
from collections.abc import Sequence
from typing import Final

from wardbeat.errors import RecordError

STANDARD_LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def positions(sig_name: Sequence[str], leads: Sequence[str] = STANDARD_LEADS) -> list[int]:
    """The index of each lead among the signals of a record.

    Case, spaces, hyphens and a word ``ECG`` or ``Lead`` before the name do not matter. C1 to C6 are V1 to V6 (IEC
    60601-2-25).

    Raises
    ------
    RecordError
        If a lead is missing; the message names it.

    Examples
    --------
    >>> positions(["ECG V1", "Lead II"], ["II", "V1"])
    [1, 0]
    """
    known = {_plain(name): index for index, name in reversed(list(enumerate(sig_name)))}
    missing = [lead for lead in leads if _plain(lead) not in known]
    if missing:
        raise RecordError(
            f"the networks need all of {', '.join(leads)}; the record has no {', '.join(missing)}"
            if len(missing) < len(leads) // 2
            else f"the networks need all of {', '.join(leads)}; the record has {', '.join(sig_name) or 'no leads'}"
        )
    return [known[_plain(lead)] for lead in leads]


def _plain(name: str) -> str:
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())
    return re.sub(r"^C(?=[1-6]$)", "V", re.sub(r"^(?:ECG|EKG|LEAD)+", "", letters))
