"""The evidence of an alert: the ECG around the decision, its beats, and the window that covers the decision.

The monitor sends an alert with the evidence that exists when it raises it. ``AFTER_S`` later, or when the session ends,
it sends the same alert again with the complete strip.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.inputs import NETWORK_FS_HZ
from processors.monitor.rhythm.conditions import Condition
from processors.monitor.signal_path import WindowReady
from wardbeat.contracts.messages import SYMBOLS, Alert, Evidence
from wardbeat.ecg.units import scaled_microvolts

BEFORE_S = 10
"""Seconds of signal before the decision that an alert keeps."""
AFTER_S = 20
"""Seconds of signal after the decision that an alert keeps."""
KEPT_S = BEFORE_S + AFTER_S + 1
"""Seconds of signal that a session keeps: one more, because a decision falls anywhere within a second."""
ECTOPIC = [SYMBOLS.index(symbol) for symbol in ("S", "V", "F")]


class ClassifiedBeat(msgspec.Struct, frozen=True):
    """A beat as windows and evidence need it: R peak (250 Hz), class probabilities, interval before it."""

    r: int
    probabilities: tuple[float, ...]
    rr: int | None
    network_probabilities: tuple[float, ...]
    """The network's own probabilities, before atrial fibrillation changed S to N: the window network was fitted on
    these."""


def largest_ectopic(beats: Sequence[ClassifiedBeat]) -> float:
    """The largest probability of S, V or F that the beat network alone gives any of these beats; 0 without beats."""
    return max((max(beat.network_probabilities[column] for column in ECTOPIC) for beat in beats), default=0.0)


class ReconstructedWindow(msgspec.Struct, frozen=True):
    """A window: the autoencoder's reconstruction, the residual (signal less reconstruction), the network's results.

    It begins at 250 Hz sample ``start``. Arrays are int16 µV at 125 Hz, shape (leads shown, samples).
    """

    start: int
    end: int
    p_abnormal: float
    reconstruction_error: float
    reconstruction: NDArray[np.int16]
    residual: NDArray[np.int16]


class AwaitingStrip(msgspec.Struct):
    """An alert raised at 250 Hz sample ``k`` whose strip, from sample ``begin`` on, is not complete yet."""

    alert: Alert
    k: int
    begin: int


def reconstructed_window(
    window: WindowReady,
    p_abnormal: float,
    reconstruction_error: float,
    reconstruction: NDArray[np.float32],
    shown: NDArray[np.bool_],
) -> ReconstructedWindow:
    """Scale the network's output, in QRS amplitudes, back to microvolts; ``shown`` marks the leads to keep."""
    view = window.view
    microvolts = scaled_microvolts(reconstruction, view.scale_mv, shown)
    residual = scaled_microvolts(view.signal - reconstruction, view.scale_mv, shown)
    return ReconstructedWindow(window.start, window.end, p_abnormal, reconstruction_error, microvolts, residual)


def first_evidence(condition: Condition, sig_name: tuple[str, ...]) -> Evidence:
    """Evidence with the rule and its value; :func:`with_strip` and :func:`with_window` add signal, beats and window."""
    return Evidence(
        rule=condition.rule,
        value=float(condition.value),
        threshold=float(condition.threshold),
        unit=condition.unit,
        strip_fs_hz=NETWORK_FS_HZ,
        strip_sig_name=sig_name,
    )


def with_strip(
    evidence: Evidence,
    seconds: list[NDArray[np.int16]],
    beats: Iterable[tuple[float, ClassifiedBeat]],
    start_s: float,
    end_s: float,
) -> Evidence:
    """The evidence with these seconds of signal and their beats, each with its time in the session."""
    shown = [(round(t_s, 3), beat) for t_s, beat in beats]
    strip = np.concatenate(seconds, axis=1) if seconds else np.zeros((0, 0), dtype=np.int16)
    return msgspec.structs.replace(
        evidence,
        beats=tuple((t_s, SYMBOLS[int(np.argmax(beat.probabilities))]) for t_s, beat in shown),
        beat_probabilities=tuple(tuple(round(p, 3) for p in beat.probabilities) for _, beat in shown),
        strip_start_s=round(start_s, 3),
        strip_end_s=round(end_s, 3),
        strip=strip.astype("<i2").tobytes(),
    )


def with_window(evidence: Evidence, window: ReconstructedWindow, start_s: float) -> Evidence:
    """The evidence with the results of a window that begins ``start_s`` into the session."""
    return msgspec.structs.replace(
        evidence,
        p_abnormal=window.p_abnormal,
        reconstruction_error=window.reconstruction_error,
        window_start_s=round(start_s, 3),
        reconstruction=window.reconstruction.astype("<i2").tobytes(),
        residual=window.residual.astype("<i2").tobytes(),
    )
