"""Strips of ECG with marks."""

from pathlib import Path

import numpy as np

from training.evaluation.strip import HEIGHT_IN, INK, WIDTH_IN, Mark, _millivolts, _side, draw_strip
from wardbeat.contracts.messages import INVALID_SAMPLE
from wardbeat.ecg.waveforms import waveform_record

SOURCE = waveform_record("step_80_40")


def test_a_strip_is_drawn_at_the_ends_of_a_record_and_with_any_mark(tmp_path: Path) -> None:
    images = []
    for at_s, mark in ((0.0, Mark(0.5, "V", wrong=True)), (1e6, Mark(0.0, "N"))):
        draw_strip(tmp_path / "one.png", SOURCE, at_s, reference=[mark], findings=[], title="title")
        images.append((tmp_path / "one.png").read_bytes())
    assert all(image.startswith(b"\x89PNG") for image in images)
    assert images[0] != images[1]
    assert INK
    assert int.from_bytes(images[0][16:20]) / int.from_bytes(images[0][20:24]) == WIDTH_IN / HEIGHT_IN


def test_an_invalid_sample_is_a_gap() -> None:
    class OneInvalid:
        fs, sig_name, gain, baseline, n_samples, name = 250.0, ("II",), (200.0,), (0,), 3, "one"
        left_out: tuple[str, ...] = ()

        def read(self, start: int, stop: int) -> np.ndarray:
            return np.array([[100, INVALID_SAMPLE, -100]], np.int16)[:, start:stop]

    np.testing.assert_array_equal(_millivolts(OneInvalid(), 0, 3), [[0.5, np.nan, -0.5]])


def test_a_name_stays_within_the_strip() -> None:
    assert _side(Mark(1.0, "V"), 5.0) == "center"
    assert (_side(Mark(1.0, "asystole"), 5.0), _side(Mark(9.0, "asystole"), 5.0)) == ("left", "right")
