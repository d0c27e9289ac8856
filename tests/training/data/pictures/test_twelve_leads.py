"""Beats of PTB-XL by the statements of their record."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import PICTURE_CLASSES
from training.data.pictures.twelve_leads import class_of, r_peaks, read_twelve_leads, twelve_lead_beats
from training.data.ptb_xl.layout import PtbRecord


def record(*codes: str) -> PtbRecord:
    return PtbRecord(1, "1", 1, "", "", None, codes)


@pytest.mark.parametrize(
    ("codes", "beat"),
    [
        (("NSR",), "normal"),
        (("LBBB", "NSR", "LAD"), "LBBB"),
        (("CRBBB", "SB"), "RBBB"),
        (("PR",), "paced"),
        (("LBBB", "VEB"), None),
        (("LBBB", "PR"), None),
        (("NSR", "MI"), None),
        ((), None),
    ],
)
def test_a_record_has_the_class_that_all_its_beats_have(codes: tuple[str, ...], beat: str | None) -> None:
    assert class_of(record(*codes)) == beat


def test_r_peaks_are_found_in_the_sum_of_the_leads() -> None:
    t_s = np.arange(1000) / 100
    wave = sum(np.exp(-(((t_s - at) / 0.03) ** 2)) for at in (1.0, 2.2, 3.1, 8.0))
    signal = np.asarray(wave, np.float32)[:, None] * np.linspace(-0.5, 1.0, 12, dtype=np.float32)
    assert r_peaks(signal) / 100 == pytest.approx([1.0, 2.2, 3.1, 8.0], abs=0.03)


@pytest.mark.slow
def test_records_of_each_class_give_beats_in_three_leads(shared_data: Path) -> None:
    records = read_twelve_leads(shared_data / "ptb-xl", most=3)
    assert sorted(records.beat) == sorted(["normal", "LBBB", "RBBB", "paced"] * 3)
    assert len(set(records.patient)) == 12
    beats = twelve_lead_beats(records, beats=2)
    assert len(beats.beat) == 12 * 2 * 3
    assert {PICTURE_CLASSES[beat] for beat in beats.beat} == {"normal", "LBBB", "RBBB", "paced"}
