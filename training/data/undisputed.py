"""Reads the list of stretches of vfdb in which annotation and trace agree on VF or VT.

The labels of some records disagree with the trace, so VF is told from VT on these stretches alone. The list is a file
of this folder, ``undisputed.csv``, with the columns ``record,start_s,stop_s,kind,reason``; ``kind`` is VF, VT or
disputed: the last are stretches that are left out, with the reason. Ventricular flutter is left out: either name of it
is right. The list was made by looking at the traces, after the first figures had been seen, and the thresholds that
tell the two apart were chosen on the same records, so figures on them are optimistic.
"""

import csv
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import isfinite

import msgspec

from wardbeat.errors import EvaluationError

FILE = files("training.data") / "undisputed.csv"
KINDS = ("VF", "VT", "disputed")


class UndisputedStretch(msgspec.Struct, frozen=True):
    """A stretch of a record from ``start_s`` up to ``stop_s`` that is surely VF or surely VT."""

    record: str
    start_s: float
    stop_s: float
    kind: str
    reason: str


def read_undisputed(file: Traversable = FILE) -> list[UndisputedStretch]:
    """The stretches of a list, without the disputed ones.

    Raises
    ------
    EvaluationError
        If a line has another form.
    """
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    stretches = [_stretch(row, f"{file.name} line {line}") for line, row in enumerate(rows, 2)]
    return [stretch for stretch in stretches if stretch.kind != "disputed"]


def _stretch(row: dict[str, str], where: str) -> UndisputedStretch:
    try:
        stretch = msgspec.convert(row, UndisputedStretch, strict=False)
    except msgspec.ValidationError as error:
        raise EvaluationError(f"{where}: {error}; correct the line") from error
    if stretch.kind not in KINDS or not 0 <= stretch.start_s < stretch.stop_s or not isfinite(stretch.stop_s):
        raise EvaluationError(
            f"{where}: kind must be VF, VT or disputed, and 0 ≤ start_s < stop_s; {row} found; correct the line"
        )
    return stretch
