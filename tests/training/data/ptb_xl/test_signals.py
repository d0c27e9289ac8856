"""Signals are read at 100 Hz from every layout, by the names of the leads."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from training.data.ptb_xl.layout import LEADS, PtbRecord, read_records
from training.data.ptb_xl.shipped import ptb_xl_excerpt
from training.data.ptb_xl.signals import read_signals, read_wfdb
from wardbeat.errors import RecordError

HIGH = PtbRecord(1, "1", 1, "records100/1_lr", "records500/1_hr", (), ())


def write(folder: Path, name: str, signal_mv: np.ndarray, fs: int, leads: tuple[str, ...] = LEADS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    samples = np.round(1000 * signal_mv).astype(np.int64)
    n = len(leads)
    wfdb.wrsamp(
        name, fs=fs, units=["mV"] * n, sig_name=list(leads), d_signal=samples, fmt=["16"] * n,
        adc_gain=[1000.0] * n, baseline=[0] * n, write_dir=str(folder),
    )  # fmt: skip


def test_the_shipped_records_are_read() -> None:
    with ptb_xl_excerpt() as folder:
        records = read_records(folder)
        found = dict(read_signals(folder, records))
    assert sorted(found) == list(range(len(records)))
    assert all(signal.shape == (1000, 12) and 0.05 < signal.std() < 2 for signal in found.values())


def test_a_record_at_500_hz_is_resampled(tmp_path: Path) -> None:
    t_s = np.arange(5000) / 500
    signal = np.sin(2 * np.pi * 5 * t_s)[:, None] * np.linspace(0.2, 1, 12)
    write(tmp_path / "records500", "1_hr", signal, 500)
    read = read_wfdb(tmp_path, HIGH)
    assert read.shape == (1000, 12)
    assert np.allclose(read[50:-50], signal[::5][50:-50], atol=0.01)


def test_leads_are_found_by_their_names(tmp_path: Path) -> None:
    signal = np.arange(12) / 10 * np.ones((1000, 1))
    order = np.random.default_rng(0).permutation(12)
    write(tmp_path / "records100", "1_lr", signal[:, order], 100, tuple(LEADS[at] for at in order))
    assert np.allclose(read_wfdb(tmp_path, HIGH), signal, atol=1e-3)


@pytest.mark.parametrize(
    ("signal", "leads", "message"),
    [
        (np.zeros((900, 12)), LEADS, "has 1000 samples at 100 Hz, this one 900"),
        (np.zeros((1000, 12)), ("X", *LEADS[1:]), "has the leads I, II"),
    ],
)
def test_another_form_is_an_error(tmp_path: Path, signal: np.ndarray, leads: tuple[str, ...], message: str) -> None:
    write(tmp_path / "records100", "1_lr", signal, 100, leads)
    with pytest.raises(RecordError, match=message):
        read_wfdb(tmp_path, HIGH)


def test_a_record_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="00001 has neither a file in records100 nor in records500"):
        list(read_signals(tmp_path, [HIGH]))


@pytest.mark.slow
def test_packed_folds_have_the_samples_of_the_shipped_records(shared_data: Path) -> None:
    with ptb_xl_excerpt() as folder:
        shipped = [record for record in read_records(folder) if record.fold == 9]
        by_wfdb = {shipped[index].ecg_id: signal for index, signal in read_signals(folder, shipped)}
    packed = [record for record in read_records(shared_data / "ptb-xl") if record.ecg_id in by_wfdb]
    for index, signal in read_signals(shared_data / "ptb-xl", packed):
        assert np.allclose(signal, by_wfdb[packed[index].ecg_id], atol=0.0006)
