"""The beats that are drawn."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pictures import PICTURE_CLASSES
from training.data.pictures.beats import (
    FS_HZ,
    HALF,
    SYMBOLS,
    annotated,
    patient_of_record,
    shares,
    vfdb_beats,
    windows,
)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20), st.integers(0, 2000))
def test_records_give_the_same_as_far_as_they_can(available: list[int], most: int) -> None:
    given_counts = shares(available, most, most_of_one=250)
    assert sum(given_counts) == min(most, sum(min(n, 250) for n in available))
    largest = max(given_counts)
    assert all(n >= largest - 1 or n == min(has, 250) for n, has in zip(given_counts, available, strict=True)), (
        "only a record without more beats gives fewer"
    )


@pytest.mark.parametrize("fs", [128, 250, 360])
def test_a_window_has_its_beat_in_the_middle_at_the_common_rate(fs: int) -> None:
    t_s = np.arange(10 * fs) / fs
    signal = np.exp(-(((t_s - 4.0) / 0.03) ** 2))[None]
    cut = windows(signal, fs, np.array([4 * fs]))
    assert cut.shape == (1, 1, 2 * HALF + 1)
    assert cut[0, 0].argmax() == HALF
    assert cut[0, 0].max() == pytest.approx(1.0, abs=0.02)
    assert (cut[0, 0] > 0.5).sum() / FS_HZ == pytest.approx(0.05, abs=0.01)


def test_a_window_at_the_end_of_a_record_repeats_its_last_sample() -> None:
    cut = windows(np.ones((2, 5 * FS_HZ)), FS_HZ, np.array([0, 5 * FS_HZ - 1]))
    assert cut.shape == (2, 2, 2 * HALF + 1)
    assert cut == pytest.approx(1.0, abs=0.01)


def test_201_and_202_are_one_person() -> None:
    assert patient_of_record("mitdb", "201") == patient_of_record("mitdb", "202")
    assert patient_of_record("mitdb", "100") != patient_of_record("mitdb", "101")
    assert patient_of_record("vfdb", "421") != patient_of_record("svdb", "421")


def test_the_beats_of_a_record_have_their_classes(shared_data: Path) -> None:
    found = annotated(shared_data / "mitdb" / "207", SYMBOLS)
    counts = {name: sum(one.beat == name for one in found) for name in PICTURE_CLASSES}
    assert counts == {"normal": 0, "LBBB": 1457, "RBBB": 86, "PAC": 107, "PVC": 105, "paced": 0, "VF": 472}


@pytest.mark.slow
def test_fibrillation_is_cut_from_its_episodes_and_looks_centred(shared_data: Path) -> None:
    beats = vfdb_beats(shared_data / "vfdb", most=60)
    assert {PICTURE_CLASSES[beat] for beat in beats.beat} == {"VF"}
    assert {"418", "422", "424", "426", "430", "609"} == set(beats.record)
    first_lead = beats.signal_mv[::2]
    middle = np.abs(first_lead[:, HALF] - np.median(first_lead, axis=1))
    assert np.median(middle / np.ptp(first_lead, axis=1)) > 0.3, "the middle of a window is a peak, as in a beat"
