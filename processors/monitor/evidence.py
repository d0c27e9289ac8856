"""What is kept with an alert: the ECG about the decision, its beats, and the window that it was made in.

An alert is sent with what is there when it is raised. ``AFTER_S`` later, or when its session ends, it is sent again
with the whole strip: the same alert, with more evidence.
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
"""Seconds of signal before the decision that are kept with an alert."""
AFTER_S = 20
"""And after it."""
KEPT_S = BEFORE_S + AFTER_S + 1
"""Whole seconds that a session keeps, as a decision falls anywhere within one."""
ECTOPIC = [SYMBOLS.index(symbol) for symbol in ("S", "V", "F")]


class ClassifiedBeat(msgspec.Struct, frozen=True):
    """What windows and evidence want of a beat: R peak (250 Hz), class probabilities, interval before."""

    r: int
    probabilities: tuple[float, ...]
    rr: int | None
    by_network: tuple[float, ...]
    """Before the rhythm had its say: windows were fitted on these."""


def largest_ectopic(beats: Sequence[ClassifiedBeat]) -> float:
    """The largest chance of S, V or F that the classifier alone gives one of some beats; 0 without any."""
    return max((max(beat.by_network[column] for column in ECTOPIC) for beat in beats), default=0.0)


class RebuiltWindow(msgspec.Struct, frozen=True):
    """A window as the autoencoder rebuilt it, what the signal is more than that, and what the detector said of it.

    From 250 Hz sample ``start``; int16 µV at 125 Hz, (leads shown, samples).
    """

    start: int
    end: int
    p_abnormal: float
    reconstruction_error: float
    reconstruction: NDArray[np.int16]
    residual: NDArray[np.int16]


class AwaitingStrip(msgspec.Struct):
    """An alert raised at 250 Hz sample ``k``, whose strip, from sample ``begin``, is not whole yet."""

    alert: Alert
    k: int
    begin: int


def rebuilt_window(
    window: WindowReady,
    p_abnormal: float,
    reconstruction_error: float,
    reconstruction: NDArray[np.float32],
    shown: NDArray[np.bool_],
) -> RebuiltWindow:
    """Back from QRS amplitudes to microvolts; ``shown`` says which of the network's leads are shown."""
    view = window.view
    rebuilt = scaled_microvolts(reconstruction, view.scale_mv, shown)
    residual = scaled_microvolts(view.signal - reconstruction, view.scale_mv, shown)
    return RebuiltWindow(window.start, window.end, p_abnormal, reconstruction_error, rebuilt, residual)


def first_evidence(condition: Condition, sig_name: tuple[str, ...]) -> Evidence:
    """The rule that fired; signal, beats and window come with :func:`with_strip` and :func:`with_window`."""
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
    """The evidence with these seconds of signal and the beats in them, each with its time in the session."""
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


def with_window(evidence: Evidence, window: RebuiltWindow, start_s: float) -> Evidence:
    """The evidence with what the detector made of a window."""
    return msgspec.structs.replace(
        evidence,
        p_abnormal=window.p_abnormal,
        reconstruction_error=window.reconstruction_error,
        window_start_s=round(start_s, 3),
        reconstruction=window.reconstruction.astype("<i2").tobytes(),
        residual=window.residual.astype("<i2").tobytes(),
    )
