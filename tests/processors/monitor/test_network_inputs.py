"""What the networks are asked does not depend on what the rules made of earlier answers."""

import numpy as np
import pytest

from models.inputs import WINDOW_FEATURES, WINDOW_LEADS, WINDOW_SAMPLES
from processors.monitor.evidence import ClassifiedBeat
from processors.monitor.network_inputs import window_inputs
from processors.monitor.signal_path import WindowReady
from wardbeat.ecg.features.windows import WindowView


def test_a_window_is_asked_with_what_the_beat_network_said_although_fibrillation_made_the_beat_normal() -> None:
    """It was fitted so: in fibrillation the chances of S are what tells the window from a normal one."""
    signal = np.zeros((WINDOW_SAMPLES, WINDOW_LEADS), np.float32)
    view = WindowView(signal, signal, signal[:, :1], np.ones(WINDOW_LEADS))
    window = WindowReady(k=1400, start=0, end=1250, view=view, valid_fraction=1.0)
    beats = [ClassifiedBeat(r, (1.0, 0.0, 0.0, 0.0, 0.0), 250, (0.25, 0.75, 0.0, 0.0, 0.0)) for r in (250, 500)]
    context = window_inputs(window, beats, [])["context"]
    assert context[WINDOW_FEATURES.index("max_p_s")] == pytest.approx(0.75)
