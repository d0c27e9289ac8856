"""Names of leads as a chunk takes them: printable, not too long, each once."""

import re
from collections.abc import Sequence
from typing import Final

from wardbeat.contracts.codec import MAX_LEAD_NAME

NOT_PRINTABLE: Final = re.compile(r"[^\x20-\x7e\xa0-\uffff]")


def lead_names(given: Sequence[str]) -> tuple[str, ...]:
    """Names without surplus blanks, at most as long as a chunk allows, and no name twice.

    Parameters
    ----------
    given : sequence of str
        As a file has them. An empty name becomes ``lead`` and its place.

    Examples
    --------
    >>> lead_names(("ECG", " ECG ", ""))
    ('ECG', 'ECG-2', 'lead3')
    """
    names: list[str] = []
    for place, text in enumerate(given, start=1):
        name = " ".join(NOT_PRINTABLE.sub(" ", text).split()) or f"lead{place}"
        names.append(_free(name, names))
    return tuple(names)


def _free(name: str, taken: Sequence[str]) -> str:
    candidate, number = name[:MAX_LEAD_NAME].rstrip(), 1
    while candidate in taken:
        number += 1
        ending = f"-{number}"
        candidate = name[: MAX_LEAD_NAME - len(ending)].rstrip() + ending
    return candidate
