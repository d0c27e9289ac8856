"""The inputs of the networks do not depend on changes that the rules made to earlier answers."""

import numpy as np
import pytest

from models.inputs import WINDOW_FEATURES, WINDOW_LEADS, WINDOW_SAMPLES
from processors.monitor.evidence import ClassifiedBeat
from processors.monitor.network_inputs import window_inputs
from processors.monitor.signal_path import WindowReady
from wardbeat.ecg.features.windows import WindowView


def test_a_window_has_the_probabilities_of_the_beat_network_also_in_atrial_fibrillation() -> None:
    """The window network was fitted so: in fibrillation the probabilities of S distinguish windows from normal ones."""
    signal = np.zeros((WINDOW_SAMPLES, WINDOW_LEADS), np.float32)
    view = WindowView(signal, signal, signal[:, :1], np.ones(WINDOW_LEADS))
    window = WindowReady(k=1400, start=0, end=1250, view=view, valid_fraction=1.0)
    beats = [ClassifiedBeat(r, (1.0, 0.0, 0.0, 0.0, 0.0), 250, (0.25, 0.75, 0.0, 0.0, 0.0)) for r in (250, 500)]
    context = window_inputs(window, beats, [])["context"]
    assert context[WINDOW_FEATURES.index("max_p_s")] == pytest.approx(0.75)
