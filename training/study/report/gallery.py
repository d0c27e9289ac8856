"""The gallery of a report: rows that a model answered wrongly, the most certain errors first, with their signal.

Show rows of validation patients: who looks at errors on the test rows will fit the next model to them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.evaluation.style import COLOURS, saved_figure
from training.study.report.names import file_name
from training.study.task import Part, Rows, Task

NamedLead = tuple[str, NDArray[np.float64]]
"""Its name, and its samples."""
Kind = Literal["false positive", "false negative"]
KINDS: tuple[Kind, ...] = ("false positive", "false negative")
MOST = 4
"""Errors of a kind and class."""
MOST_LEADS = 12
DPI = 100
WIDTH_IN = 4.6
PICTURE_PX = 280
"""Width of a drawn picture."""
ROW_S = 15.0
"""A longer signal of one lead is drawn in rows of this duration."""


class ErrorCase(NamedTuple):
    """One row that was answered wrongly.

    Attributes
    ----------
    kind : {"false positive", "false negative"}
    name : str
        The class that is wrongly chosen, or missed.
    record, patient : str
    reference, chosen : str
        Classes of the row in the reference, and by the model; "none" without any.
    probability : float
        Of the class ``name``.
    signal : ndarray, shape (samples, leads), or None
    picture : ndarray of uint8, shape (height, width), or None
        Ink: 0 is paper.
    at : float or None
        Where the error is, as a proportion of the row, if a row has a label for each step.
    """

    kind: Kind
    name: str
    record: str
    patient: str
    reference: str
    chosen: str
    probability: float
    signal: NDArray[Any] | None
    picture: NDArray[Any] | None
    at: float | None = None


class Gallery(NamedTuple):
    """The errors of one model on one part.

    Attributes
    ----------
    model : str
    part : {"fit", "validation", "test"}
    cases : sequence of ErrorCase
    fs_hz : float or None
        Rate of the signals; without it the axis counts samples.
    leads : tuple of str
        Names of the leads; only these columns of a signal are drawn. Without names, at most 12 columns.
    """

    model: str
    part: Part
    cases: Sequence[ErrorCase]
    fs_hz: float | None = None
    leads: tuple[str, ...] = ()


class _Answers(NamedTuple):
    """Reference, choice and probability of every row and step, shape (rows × steps, classes)."""

    truth: NDArray[np.bool_]
    chosen: NDArray[np.bool_]
    p: NDArray[np.float32]
    steps: int


def worst_errors(
    task: Task,
    rows: Rows,
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.floating] | None = None,
    most: int = MOST,
) -> list[ErrorCase]:
    """The most certain errors of each kind and class, one of each patient before a second of any.

    Parameters
    ----------
    task : Task
    rows : Rows
        With an input ``signal`` or ``picture``; without either, the cases have no drawing.
    probabilities : ndarray, shape of the labels
    thresholds : ndarray, shape (classes,), optional
        For a task whose rows may have several classes; 0.5 by default.
    most : int
        Cases of each kind and class.
    """
    answers = _answers(task, rows.labels, probabilities, thresholds)
    cases = []
    for kind in KINDS:
        for index in range(len(task.classes)):
            wrong = answers.chosen[:, index] & ~answers.truth[:, index]
            severity = answers.p[:, index]
            if kind == "false negative":
                wrong = answers.truth[:, index] & ~answers.chosen[:, index]
                severity = -severity
            found = np.flatnonzero(wrong)
            ranked = found[np.argsort(-severity[found], kind="stable")]
            shown = _one_per_patient_first(ranked, rows.patient[ranked // answers.steps], most)
            cases += [_case(task, kind, index, rows, answers, at) for at in shown]
    return cases


def draw_gallery(folder: Path, gallery: Gallery) -> list[str]:
    """Draw each case with a signal or a picture; gives the file name of each case, empty without a drawing."""
    names = []
    for at, case in enumerate(gallery.cases):
        name = f"{at:03d}_{file_name(f'{case.kind} {case.name} {case.record}')}.png"
        if case.picture is not None:
            _draw_picture(folder / name, case.picture)
        elif case.signal is not None:
            _draw_signal(folder / name, case.signal, case.at, gallery)
        else:
            name = ""
        names.append(name)
    return names


def _answers(
    task: Task,
    labels: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    thresholds: NDArray[np.floating] | None,
) -> _Answers:
    n_classes = labels.shape[-1]
    truth = labels.reshape(-1, n_classes) > 0.5
    p = probabilities.reshape(-1, n_classes)
    if task.exclusive:
        chosen = np.eye(n_classes, dtype=bool)[p.argmax(axis=1)]
    else:
        chosen = p >= (0.5 if thresholds is None else thresholds)
    return _Answers(truth, chosen, p, len(truth) // max(1, len(labels)))


def _one_per_patient_first(ranked: NDArray[np.int64], patient: NDArray[np.str_], most: int) -> list[int]:
    """The first of each patient in the order of the ranking, then the second of each, and so on."""
    seen: dict[str, int] = {}
    turns = []
    for place, name in enumerate(patient):
        turns.append((seen.get(str(name), 0), place))
        seen[str(name)] = turns[-1][0] + 1
    return [int(ranked[place]) for _, place in sorted(turns)[:most]]


def _case(task: Task, kind: Kind, index: int, rows: Rows, answers: _Answers, at: int) -> ErrorCase:
    row, step = divmod(at, answers.steps)
    signal = np.asarray(rows.inputs["signal"][row]) if "signal" in rows.inputs else None
    picture = rows.inputs["picture"][row] if "picture" in rows.inputs else None
    return ErrorCase(
        kind=kind,
        name=task.classes[index],
        record=str(rows.record[row]),
        patient=str(rows.patient[row]),
        reference=_names(task, answers.truth[at]),
        chosen=_names(task, answers.chosen[at]),
        probability=float(answers.p[at, index]),
        signal=signal,
        picture=None if picture is None else np.asarray(picture).reshape(picture.shape[:2]),
        at=None if answers.steps == 1 else _place((step + 0.5) / answers.steps, signal, task.margin),
    )


def _place(labelled: float, signal: NDArray[Any] | None, margin: int) -> float:
    """A place in the labelled part of a signal as a proportion of the whole; the margins have no labels."""
    if signal is None:
        return labelled
    return (margin + labelled * (len(signal) - 2 * margin)) / len(signal)


def _names(task: Task, mask: NDArray[np.bool_]) -> str:
    return ", ".join(name for name, one in zip(task.classes, mask, strict=True) if one) or "none"


def _draw_picture(path: Path, picture: NDArray[Any]) -> None:
    ink = picture.astype(np.float64) / max(1.0, float(picture.max()))
    drawn = Image.fromarray((255 * (1 - ink)).round().astype(np.uint8))
    scale = PICTURE_PX / drawn.width
    drawn.resize((PICTURE_PX, round(scale * drawn.height)), Image.Resampling.BILINEAR).save(path)


def _draw_signal(path: Path, signal: NDArray[Any], at: float | None, gallery: Gallery) -> None:
    """The leads below each other; a long signal of one lead in rows. A line marks the error in a row with steps."""
    fs_hz = gallery.fs_hz or 1.0
    leads = _leads(signal if at is not None else _unpadded(signal), gallery.leads)
    if at is None and gallery.fs_hz and len(leads) == 1:
        leads = _in_rows(leads[0], gallery.fs_hz)
    with saved_figure(path, WIDTH_IN, max(1.3, 0.42 * len(leads) + 0.7), DPI) as figure:
        axes = figure.subplots(len(leads), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (name, lead) in zip(axes, leads, strict=True):
            axis.plot(np.arange(len(lead)) / fs_hz, lead, color="black", linewidth=0.7)
            axis.set_ylabel(name, fontsize=7, rotation=0, ha="right", va="center")
            axis.tick_params(labelsize=6, length=2)
            axis.margins(x=0)
            axis.locator_params(axis="y", nbins=2)
            if at is not None:
                axis.axvline(at * len(lead) / fs_hz, color=COLOURS["wrong"], linewidth=1, alpha=0.7)
        axes[-1].set_xlabel("s" if gallery.fs_hz else "samples", fontsize=7)


def _unpadded(signal: NDArray[Any]) -> NDArray[Any]:
    """The signal without the zeros at its end that make all rows of a task equally long."""
    used = np.flatnonzero(np.any(signal != 0, axis=1))
    return signal[: used[-1] + 1] if len(used) else signal


def _leads(signal: NDArray[Any], names: tuple[str, ...]) -> list[NamedLead]:
    n = min(signal.shape[1], len(names) or MOST_LEADS)
    return [(names[at] if names else "", signal[:, at].astype(np.float64)) for at in range(n)]


def _in_rows(lead: NamedLead, fs_hz: float) -> list[NamedLead]:
    """A long lead in rows, each named by the second at which it begins; a short one as it is."""
    n = round(ROW_S * fs_hz)
    if len(lead[1]) <= n:
        return [lead]
    padded = np.append(lead[1], np.full(-len(lead[1]) % n, np.nan)).reshape(-1, n)
    return [(f"{row * ROW_S:g} s", part) for row, part in enumerate(padded)]
