"""The inputs of the networks, made from the session's state when the request is made."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from models.inputs import WINDOW_FEATURES
from processors.monitor.evidence import ClassifiedBeat
from processors.monitor.model_requests import Arrays, ModelRequest, QueuedEvent
from processors.monitor.rhythm.ventricular import VentricularRhythm
from processors.monitor.signal_path import AtrialReady, BeatReady, SecondPassed, WindowReady
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.features.atrial_beats import AtrialBeats
from wardbeat.ecg.features.atrial_measures import atrial_measures

BASELINE_FROM = 6
"""A patient has a baseline of the reconstruction error after 6 windows."""


def request_of(
    queued: QueuedEvent,
    beats: Sequence[ClassifiedBeat],
    errors: Sequence[float],
    atrial_beats: AtrialBeats,
    ventricular: VentricularRhythm,
) -> ModelRequest:
    """The request for an event that has an id. ``beats`` and ``errors`` are those of :func:`window_inputs`."""
    if queued.request_id is None:
        raise AssertionError("a request needs an id")
    match queued.event:
        case BeatReady(waveform=waveform, context=context):
            return ModelRequest(queued.request_id, "beat", {"waveform": waveform, "context": context})
        case WindowReady():
            return ModelRequest(queued.request_id, "window", window_inputs(queued.event, beats, errors))
        case AtrialReady():
            return ModelRequest(queued.request_id, "atrial", atrial_inputs(atrial_beats))
        case SecondPassed(signal_features=signal_features, k=k):
            features = ventricular.network_features(signal_features, k)
            return ModelRequest(queued.request_id, "ventricular", {"features": features})
        case event:
            raise AssertionError(f"{event} needs no network")


def window_inputs(window: WindowReady, beats: Sequence[ClassifiedBeat], errors: Sequence[float]) -> Arrays:
    """Inputs of the window network (:mod:`models.inputs`), one row.

    Parameters
    ----------
    window : WindowReady
    beats : sequence of ClassifiedBeat
        The classified beats of the last seconds.
    errors : sequence of float
        Reconstruction errors of the windows before.
    """
    within = beats_within(window, beats)
    baseline_error = median(errors) if len(errors) >= BASELINE_FROM else 0.0
    context = np.array([*_beat_context(within), window.valid_fraction, baseline_error], dtype=np.float32)
    view = window.view
    return {"signal": view.signal, "dominant": view.dominant, "log_rr": view.log_rr, "context": context}


def beats_within(window: WindowReady, beats: Sequence[ClassifiedBeat]) -> list[ClassifiedBeat]:
    """The beats whose R peak is in the window."""
    return [beat for beat in beats if window.start <= beat.r < window.end]


def atrial_inputs(beats: AtrialBeats) -> Arrays:
    """Inputs of the atrial network (:mod:`models.inputs`), one row, from the last beats."""
    return {"features": beats.rows.copy(), "measures": atrial_measures(beats.rows)}


def _beat_context(beats: list[ClassifiedBeat]) -> list[float]:
    """The features of a window that come from its beats: all of ``WINDOW_FEATURES`` but the last two."""
    n_features = len(WINDOW_FEATURES) - 2
    if not beats:
        return [0.0] * n_features
    p = np.array([beat.network_probabilities for beat in beats])
    rr = np.array([beat.rr for beat in beats if beat.rr is not None], dtype=float)
    irregularity = float(np.sqrt(np.mean(np.diff(rr) ** 2)) / rr.mean()) if len(rr) > 1 else 0.0
    largest = p.max(axis=0).tolist()
    v, s, f = (largest[SYMBOLS.index(symbol)] for symbol in ("V", "S", "F"))
    return [len(beats) / 10, v, s, f, float((1 - p[:, SYMBOLS.index("N")]).mean()), irregularity]
