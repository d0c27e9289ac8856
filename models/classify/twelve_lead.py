"""Classifies a record of twelve leads with the networks of the study: superclasses, normal or not, rhythm.

The bundle is ``models/bundles/twelve_lead``: ``bundle.json`` (:class:`TwelveLeadManifest`), its graphs, and a model
card. A graph takes ``signal`` (batch, samples, 12): standardised millivolts at 100 Hz. It gives ``logits``
(batch, classes).
"""

from collections.abc import Sequence
from fractions import Fraction
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.class_probabilities import logits_of, probabilities_of
from models.classify.twelve_lead_order import positions
from models.onnx_files import open_session, read_hashed, read_manifest
from wardbeat.errors import BundleError, RecordError

FORMAT_VERSION: Final = 1
NEXT_STEP: Final = "`make study` fits the networks of twelve leads and ships the best"
SUPERCLASSES: Final = "superclasses"
ABNORMAL: Final = "abnormal"
RHYTHM: Final = "rhythm"
NORMAL: Final = "NORM"
MOST_INVALID: Final = 0.1
"""Share of invalid samples in a lead; a lead with more is not classified (our choice)."""


class LeadGraph(msgspec.Struct, frozen=True):
    """One graph.

    Attributes
    ----------
    file : str
    samples : int
        The length of a window that it takes.
    windows : int
        Evenly spaced windows of the record whose probabilities are averaged.
    """

    file: str
    samples: int
    windows: int


class LeadQuestion(msgspec.Struct, frozen=True):
    """What graphs answer together, by the mean of their logits.

    Attributes
    ----------
    classes : tuple of str
    exclusive : bool
        Whether a record has one class (softmax), or each class by itself (sigmoid).
    thresholds : tuple of float
        The probability from which a class counts as found, chosen on validation records (PTB-XL: fold 9).
    graphs : tuple of LeadGraph
    """

    classes: tuple[str, ...]
    exclusive: bool
    thresholds: tuple[float, ...]
    graphs: tuple[LeadGraph, ...]


class TwelveLeadManifest(msgspec.Struct, frozen=True):
    """The facts about a bundle.

    Attributes
    ----------
    format_version : int
    created : str
    questions : dict of str to LeadQuestion
        ``superclasses``; ``rhythm`` and ``abnormal`` if they have graphs of their own.
    fs_hz : float
    duration_s : float
        What is read of a record, from its first sample on.
    leads : tuple of str
        The twelve leads, in the order of the inputs.
    clip_mv : float
        Samples are limited to plus and minus this.
    mean_mv, std_mv : tuple of float
        Each lead is standardised by these, which are those of the records of the fit.
    file_sha256 : dict of str to str
    metrics : dict of str to float
        For people.
    data_sha256 : str
    library_versions : dict of str to str
    """

    format_version: int
    created: str
    questions: dict[str, LeadQuestion]
    fs_hz: float
    duration_s: float
    leads: tuple[str, ...]
    clip_mv: float
    mean_mv: tuple[float, ...]
    std_mv: tuple[float, ...]
    file_sha256: dict[str, str]
    metrics: dict[str, float]
    data_sha256: str
    library_versions: dict[str, str]


class TwelveLeadAnswer(NamedTuple):
    """What the networks say.

    Attributes
    ----------
    superclasses : dict of str to float
        The probability of each superclass of PTB-XL; a record may have several.
    abnormal : float
        The probability that the ECG is not normal.
    rhythm : dict of str to float or None
        The probability of each rhythm; None if the bundle has no network for it.
    found : tuple of str
        Superclasses at or above their threshold, the most probable first.
    """

    superclasses: dict[str, float]
    abnormal: float
    rhythm: dict[str, float] | None
    found: tuple[str, ...]


class TwelveLeadClassifier:
    """The graphs of one bundle, ready to run.

    Parameters
    ----------
    manifest : TwelveLeadManifest
    graphs : dict of str to bytes
        By the names of their files.
    source : str
        Origin of the bytes, for error messages.

    Raises
    ------
    BundleError
        If the manifest or a graph can't be used.
    """

    def __init__(self, manifest: TwelveLeadManifest, graphs: dict[str, bytes], source: str) -> None:
        problem = manifest_problem(manifest)
        if problem:
            raise BundleError(f"bundle {source}: {problem}; ship it again")
        self.manifest = manifest
        self._sessions = {file: open_session(body, file, source) for file, body in graphs.items()}

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Load the bundle in ``folder``, or the shipped one.

        Raises
        ------
        BundleError
            If there is none, or it is not complete.
        """
        source: Traversable = resources.files("models") / "bundles" / "twelve_lead" if folder is None else folder
        manifest = read_manifest(source, TwelveLeadManifest, NEXT_STEP)
        files = {graph.file for question in manifest.questions.values() for graph in question.graphs}
        graphs = {file: read_hashed(source, file, manifest.file_sha256) for file in sorted(files)}
        return cls(manifest, graphs, str(source))

    def answer(self, p_signal: NDArray[np.float64], sig_name: Sequence[str], fs_hz: float) -> TwelveLeadAnswer:
        """Classify the beginning of a record.

        Parameters
        ----------
        p_signal : ndarray, shape (leads, samples)
            Millivolts; NaN is invalid.
        sig_name : sequence of str
            The name of each lead.
        fs_hz : float

        Raises
        ------
        RecordError
            If one of the twelve leads is missing or has many invalid samples, or the record is too short.
        """
        signal = network_signal(self.manifest, p_signal, sig_name, fs_hz)
        questions = self.manifest.questions
        superclasses = self._probabilities(questions[SUPERCLASSES], signal)
        rhythm = self._probabilities(questions[RHYTHM], signal) if RHYTHM in questions else None
        if ABNORMAL in questions:
            (abnormal,) = self._probabilities(questions[ABNORMAL], signal).values()
        else:
            abnormal = 1.0 - superclasses[NORMAL]
        thresholds = dict(zip(questions[SUPERCLASSES].classes, questions[SUPERCLASSES].thresholds, strict=True))
        ranked = sorted(superclasses, key=lambda name: -superclasses[name])
        found = tuple(name for name in ranked if superclasses[name] >= thresholds[name])
        return TwelveLeadAnswer(superclasses, abnormal, rhythm, found)

    def _probabilities(self, question: LeadQuestion, signal: NDArray[np.float32]) -> dict[str, float]:
        logits = [
            mean_logits(
                self._sessions[graph.file].run(["logits"], {"signal": cut_windows(signal, graph)})[0],
                exclusive=question.exclusive,
            )
            for graph in question.graphs
        ]
        answered = probabilities_of(np.mean(logits, axis=0), exclusive=question.exclusive)
        return dict(zip(question.classes, map(float, answered), strict=True))


def network_signal(
    manifest: TwelveLeadManifest, p_signal: NDArray[np.float64], sig_name: Sequence[str], fs_hz: float
) -> NDArray[np.float32]:
    """The beginning of a record as the networks take it, shape (samples, 12).

    Raises
    ------
    RecordError
        See :meth:`TwelveLeadClassifier.answer`.
    """
    rows = positions(sig_name, manifest.leads)
    length_s = p_signal.shape[1] / fs_hz
    wanted = round(manifest.duration_s * fs_hz)
    if p_signal.shape[1] < wanted:
        raise RecordError(f"the networks of twelve leads need {manifest.duration_s:g} s, the record has {length_s:.1f}")
    signal = p_signal[rows, :wanted]
    invalid = ~np.isfinite(signal)
    worst = int(np.argmax(invalid.mean(axis=1)))
    if invalid[worst].mean() > MOST_INVALID:
        share = 100 * invalid[worst].mean()
        raise RecordError(
            f"lead {manifest.leads[worst]}: {share:.0f} % of the first {manifest.duration_s:g} s is invalid, "
            f"at most {100 * MOST_INVALID:.0f} % may be"
        )
    signal = resampled(without_gaps(signal), fs_hz, manifest.fs_hz, round(manifest.duration_s * manifest.fs_hz))
    clipped = np.clip(signal.T, -manifest.clip_mv, manifest.clip_mv)
    return np.asarray((clipped - np.array(manifest.mean_mv)) / np.array(manifest.std_mv), np.float32)


def without_gaps(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """A signal (leads, samples) whose invalid samples lie on the line between their valid neighbours."""
    filled = signal.copy()
    places = np.arange(signal.shape[1])
    for lead in filled:
        valid = np.isfinite(lead)
        if not valid.all():
            lead[~valid] = np.interp(places[~valid], places[valid], lead[valid])
    return filled


def resampled(signal: NDArray[np.float64], fs_hz: float, to_hz: float, n: int) -> NDArray[np.float64]:
    """``n`` samples of a signal (leads, samples) at another rate, with an anti-aliasing filter."""
    ratio = (Fraction(to_hz).limit_denominator(1000) / Fraction(fs_hz).limit_denominator(1000)).limit_denominator(1000)
    if ratio == 1:
        return signal[:, :n]
    from scipy.signal import resample_poly

    made = resample_poly(signal, ratio.numerator, ratio.denominator, axis=1, padtype="line")[:, :n]
    return np.pad(made, ((0, 0), (0, n - made.shape[1])), mode="edge")


def cut_windows(signal: NDArray[np.float32], graph: LeadGraph) -> NDArray[np.float32]:
    """The evenly spaced windows of a signal (samples, leads), shape (windows, samples of a window, leads)."""
    starts = np.linspace(0, len(signal) - graph.samples, graph.windows).round().astype(int)
    return np.stack([signal[start : start + graph.samples] for start in starts])


def mean_logits(logits: NDArray[np.float32], *, exclusive: bool) -> NDArray[np.float64]:
    """The logits of the mean probability of windows, shape (classes,); of exclusive classes log probabilities."""
    mean = probabilities_of(logits.astype(np.float64), exclusive=exclusive).mean(axis=0)
    return logits_of(mean, exclusive=exclusive)


def manifest_problem(manifest: TwelveLeadManifest) -> str | None:
    """Why a manifest can't be used; None if it can."""
    if manifest.format_version != FORMAT_VERSION:
        return f"its format version is {manifest.format_version}, this version reads {FORMAT_VERSION}"
    if not len(manifest.leads) == len(manifest.mean_mv) == len(manifest.std_mv):
        return "leads, mean_mv and std_mv differ in length"
    questions = manifest.questions
    if SUPERCLASSES not in questions or NORMAL not in questions[SUPERCLASSES].classes:
        return f"it needs a question {SUPERCLASSES} with a class {NORMAL}"
    for name, question in questions.items():
        if len(question.classes) != len(question.thresholds) or not question.graphs:
            return f"question {name} needs a threshold for each class, and a graph"
    if ABNORMAL in questions and len(questions[ABNORMAL].classes) != 1:
        return f"question {ABNORMAL} has one class, {len(questions[ABNORMAL].classes)} given"
    return None
