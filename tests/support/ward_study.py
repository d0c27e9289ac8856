"""Small data for the tasks on ward leads: the shipped excerpts as mitdb, and two of them under names of svdb."""

import shutil
from pathlib import Path

import wfdb

from wardbeat.ecg.io.excerpts import excerpts_folder

AS_SVDB = {"S001": "119", "S002": "205", "S004": "208"}
"""Name and source; S004 is a validation record."""


def write_ward_data(folder: Path) -> Path:
    """Write ``mitdb`` and ``svdb`` into a folder; the folder."""
    with excerpts_folder() as excerpts:
        shutil.copytree(excerpts, folder / "mitdb")
        (folder / "svdb").mkdir()
        for name, source in AS_SVDB.items():
            _copy_as(name, excerpts / source, folder / "svdb")
    return folder


def _copy_as(name: str, source: Path, out: Path) -> None:
    """Write the first minute of a record under another name, with its beats."""
    stop = 60 * 360
    record = wfdb.rdrecord(str(source), sampto=stop, physical=False)
    wfdb.wrsamp(
        name,
        fs=record.fs,
        units=record.units,
        sig_name=record.sig_name,
        d_signal=record.d_signal,
        fmt=["16"] * record.n_sig,
        adc_gain=record.adc_gain,
        baseline=record.baseline,
        write_dir=str(out),
    )
    beats = wfdb.rdann(str(source), "atr", sampto=stop)
    kept = [at for at, symbol in enumerate(beats.symbol) if symbol != "+"]
    wfdb.wrann(name, "atr", beats.sample[kept], [beats.symbol[at] for at in kept], fs=record.fs, write_dir=str(out))
