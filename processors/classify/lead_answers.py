"""What the networks of twelve leads say about a record, for the service and the command line."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.classify.twelve_lead import TwelveLeadAnswer, TwelveLeadClassifier
from processors.classify.classifiers import NOT_INSTALLED
from wardbeat.ecg.io.records import Record, read_mv
from wardbeat.errors import BundleError, RecordError

DIGITS: Final = 6


class LeadFindings(NamedTuple):
    """What the networks of twelve leads say, or why they say nothing."""

    answer: TwelveLeadAnswer | None
    reason: str | None


class LeadRow(NamedTuple):
    """The probabilities of the networks of twelve leads, rounded; None if they do not answer."""

    superclasses: dict[str, float] | None
    abnormal: float | None
    rhythm: dict[str, float] | None


def ask_networks(
    load: Callable[[], TwelveLeadClassifier], p_signal: NDArray[np.float64], sig_name: Sequence[str], fs_hz: float
) -> LeadFindings:
    """Ask the networks about a record (leads, samples) in millivolts.

    ``load`` gives the classifier; a bundle that is missing is a reason as well.
    """
    try:
        return LeadFindings(load().answer(p_signal, sig_name, fs_hz), None)
    except RecordError as error:
        return LeadFindings(None, str(error))
    except BundleError:
        return LeadFindings(None, NOT_INSTALLED)


def answer_beginning(classifier: TwelveLeadClassifier, record: Record) -> LeadFindings:
    """Ask the networks about a record on disk, of which only the beginning is read.

    Raises
    ------
    RecordError
        If the samples can't be read.
    """
    n = min(record.n_samples, ceil(classifier.manifest.duration_s * record.fs))
    return ask_networks(lambda: classifier, read_mv(record, 0, n), record.sig_name, record.fs)


def lead_row(found: LeadFindings) -> LeadRow:
    """What the networks say, as all answers show it."""
    if found.answer is None:
        return LeadRow(None, None, None)
    rhythm = found.answer.rhythm
    return LeadRow(
        _rounded(found.answer.superclasses),
        round(found.answer.abnormal, DIGITS),
        None if rhythm is None else _rounded(rhythm),
    )


def _rounded(probabilities: dict[str, float]) -> dict[str, float]:
    return {name: round(value, DIGITS) for name, value in probabilities.items()}
