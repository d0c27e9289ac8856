"""A packed fold has the samples of its records."""

import lzma
from pathlib import Path

import numpy as np
import pytest

from training.data.ptb_xl.layout import LEADS, SAMPLES
from training.data.ptb_xl.pack import INDEPENDENT, fold_file, read_fold, with_limb_leads
from wardbeat.errors import RecordError


def write_fold(folder: Path, steps: np.ndarray) -> None:
    """Pack samples in steps of 5 µV, shape (records, 8, 1000)."""
    differences = np.diff(steps, axis=2, prepend=0).astype("<i2")
    planes = differences.reshape(-1).view(np.uint8).reshape(-1, 2).T
    fold_file(folder, 4).write_bytes(lzma.compress(planes.tobytes()))
    (folder / "fold04.ids").write_text("".join(f"{ecg_id}\n" for ecg_id in range(7, 7 + len(steps))))


def test_samples_come_back(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).integers(-2000, 2000, (3, INDEPENDENT, SAMPLES))
    write_fold(tmp_path, steps)
    ids, signals = read_fold(tmp_path, 4)
    assert ids.tolist() == [7, 8, 9]
    assert signals.shape == (3, SAMPLES, 12)
    independent = [LEADS.index(lead) for lead in ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")]
    assert np.allclose(signals[:, :, independent], 0.005 * steps.transpose(0, 2, 1), atol=1e-5)


def test_limb_leads_follow_from_einthoven_and_goldberger() -> None:
    leads = with_limb_leads(np.random.default_rng(0).normal(size=(50, INDEPENDENT)).astype(np.float32))
    one, two, three, avr, avl, avf = leads.T[:6]
    assert np.allclose(two, one + three, atol=1e-6)
    assert np.allclose(avr + avl + avf, 0, atol=1e-6)
    assert np.allclose(avf, (two + three) / 2, atol=1e-6)


def test_a_damaged_fold_is_an_error(tmp_path: Path) -> None:
    write_fold(tmp_path, np.zeros((2, INDEPENDENT, SAMPLES), int))
    fold_file(tmp_path, 4).write_bytes(fold_file(tmp_path, 4).read_bytes()[:-20])
    with pytest.raises(RecordError, match=r"fold04\.xz: the fold can't be read"):
        read_fold(tmp_path, 4)
    (tmp_path / "fold04.ids").write_text("7\n")
    write_fold(tmp_path, np.zeros((2, INDEPENDENT, SAMPLES), int))
    (tmp_path / "fold04.ids").write_text("7\n")
    with pytest.raises(RecordError, match="can't be read"):
        read_fold(tmp_path, 4)
