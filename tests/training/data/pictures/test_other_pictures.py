"""Made pictures of no ECG and of several beats."""

import numpy as np
import pytest

from training.data.pictures.beats import FS_HZ
from training.data.pictures.other_pictures import LINES, SAMPLES, Strips, no_ecg_picture, several_beats_picture


@pytest.fixture(scope="module")
def ecg() -> Strips:
    random = np.random.default_rng(0)
    return Strips(
        random.normal(size=(3, round(9.5 * FS_HZ))).astype(np.float32),
        random.normal(size=(2, 1000, 12)).astype(np.float32),
    )


def test_pictures_differ_and_repeat_with_their_seed(ecg: Strips) -> None:
    for draw in (no_ecg_picture, lambda random: several_beats_picture(random, ecg)):
        pictures = [draw(np.random.default_rng(seed)) for seed in range(60)]
        assert all(picture.dtype == np.uint8 and picture.ndim == 3 for picture in pictures)
        assert len({picture.tobytes() for picture in pictures}) == 60
        assert np.array_equal(pictures[7], draw(np.random.default_rng(7)))


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_finite_and_not_flat(line: object) -> None:
    for seed in range(20):
        signal = line(np.random.default_rng(seed))  # type: ignore[operator]
        assert len(signal) <= SAMPLES
        assert np.isfinite(signal).all()
        assert np.ptp(signal) > 0
