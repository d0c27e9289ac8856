"""Runs the network that openecg ships (PyPI: openecg, Apache-2.0) over one lead, as a second opinion.

Its ``report()`` finds R peaks by a rule over the whole signal. Its network answers in windows of 10 s, of which it uses
the inner 6 s: an answer needs 2 s of later signal. It has three outputs for each sample: wave, beat class, rhythm.
``report()`` gives a peak the class of most samples within 60 ms, but only of samples whose wave is QRS (its QRS gate):
a wide beat that is not marked as QRS gets no class. ``FORMS`` has both: as it is, and without this gate.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from wardbeat.contracts.messages import Symbol
from wardbeat.errors import EvaluationError

REPORT, UNGATED = "openecg, its report()", "openecg, without its QRS gate"
FORMS = (REPORT, UNGATED)
FS_HZ = 500
"""Its network knows this rate only, and openecg never resamples."""
WINDOW_SAMPLES = 10 * FS_HZ
CLASS_OF: Mapping[str, Symbol] = {
    "sinus": "N",
    "vpc": "V",
    "fusion": "F",
    "paced": "Q",
    "unknown": "Q",
    "untyped": "Q",
}
"""AAMI class of openecg's names; it has no S. Beats that it gives no class (``untyped``) are unclassifiable."""


class LabelledPeaks(NamedTuple):
    """R peaks as sample numbers of the record, and the AAMI class of each."""

    samples: NDArray[np.int64]
    symbols: list[Symbol]


def read_beats_of(p_signal: NDArray[np.float64], fs: float) -> dict[str, LabelledPeaks]:
    """The beats of both forms of openecg.

    Parameters
    ----------
    p_signal : ndarray, shape (samples,)
        One lead in mV, without NaN.
    fs : float
        In Hz.

    Raises
    ------
    EvaluationError
        If openecg's network gives no answer (``report()`` gives a report even so), or a class that we don't know.
    """
    import openecg

    resampled = at_500_hz(p_signal, fs)
    if not len(openecg.detect_qrs(resampled, FS_HZ)):  # report() fails on a signal without beats
        return dict.fromkeys(FORMS, LabelledPeaks(np.zeros(0, np.int64), []))
    answers = NetworkAnswers()
    return {
        form: labelled_peaks(
            openecg.report(
                resampled, fs=FS_HZ, model=_Codec(answers, gated=form == REPORT), max_beat_events=len(resampled)
            ).to_dict(),
            fs,
        )
        for form in FORMS
    }


def at_500_hz(p_signal: NDArray[np.float64], fs: float) -> NDArray[np.float64]:
    """A signal at 500 Hz, by a polyphase filter (zero phase)."""
    ratio = Fraction(FS_HZ) / Fraction(fs).limit_denominator(1000)
    resampled: NDArray[np.float64] = resample_poly(p_signal, ratio.numerator, ratio.denominator)
    return resampled


def labelled_peaks(report: Mapping[str, Any], fs: float) -> LabelledPeaks:
    """The beats in a report of openecg at 500 Hz, as samples of a record with ``fs`` samples a second.

    Raises
    ------
    EvaluationError
        If its network gave no answer, beats were cut off, or a class is none of ``CLASS_OF``.
    """
    faults = [flag for flag in report["flags"] if flag.startswith("codec_") or flag == "beat_events_truncated"]
    if faults:
        raise EvaluationError(
            f"openecg: its network must answer, {', '.join(faults)} reported; install its version again"
        )
    events = report["beats"]["events"]
    unknown = sorted({event["type"] for event in events} - CLASS_OF.keys())
    if unknown:
        raise EvaluationError(f"openecg: beats must be {', '.join(CLASS_OF)}; {unknown[0]!r} found; install 0.11")
    samples = np.array([round(event["sample"] * fs / FS_HZ) for event in events], np.int64)
    return LabelledPeaks(samples, [CLASS_OF[event["type"]] for event in events])


class NetworkAnswers:
    """The answers of openecg's network, computed once for each window: both forms need the same ones."""

    def __init__(self) -> None:
        import onnxruntime
        from openecg.deploy import bundled_codec_onnx_path

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # as for our networks: one process for each core
        self._session = onnxruntime.InferenceSession(
            str(bundled_codec_onnx_path()), options, providers=["CPUExecutionProvider"]
        )
        self.of = cache(self._of)

    def _of(self, window: bytes) -> NDArray[np.uint8]:
        """The class of each sample, shape (3, samples): wave, beat, rhythm; ``window`` holds float32."""
        from openecg.dsp import rank_normalize

        samples = np.frombuffer(window, np.float32)
        padded = np.zeros(WINDOW_SAMPLES, np.float32)
        padded[: len(samples)] = rank_normalize(samples)
        heads = self._session.run(["frame_logits", "beat_logits", "rhythm_logits"], {"signal": padded[None]})
        return np.stack([head[0, : len(samples)].argmax(axis=-1) for head in heads]).astype(np.uint8)


class _Codec:
    """What openecg calls a codec; ``report()`` calls it window by window. ``gated`` is what its own codec does."""

    def __init__(self, answers: NetworkAnswers, *, gated: bool) -> None:
        self._answers, self._gated = answers, gated

    def encode(self, signal: NDArray[np.float32], fs: int) -> Any:
        from openecg.layered import LayeredCodec

        channels = self._answers.of(np.asarray(signal, np.float32).tobytes())
        return LayeredCodec(fs=fs, channels=gate(channels) if self._gated else channels)


def gate(channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Openecg's QRS gate: samples whose wave is no QRS (2, or 4 if paced) get no beat class (0)."""
    wave, beat, rhythm = channels
    return np.stack([wave, np.where(np.isin(wave, (2, 4)), beat, 0).astype(np.uint8), rhythm])
