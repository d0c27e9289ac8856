"""A small folder of the form of challenge-2017, with synthetic hearts."""

from pathlib import Path

import numpy as np

from tests.support.records_on_disk import write_record
from wardbeat.ecg.synthetic import Rhythm, synthetic_record

FS_HZ = 300


def write_challenge_2017(folder: Path, each: int, duration_s: float) -> Path:
    """Records of N, A and ~, ``each`` of each, and one of O; their table. The folder is ``folder/challenge-2017``."""
    data = folder / "challenge-2017"
    data.mkdir()
    lines: list[str] = []
    kinds: tuple[tuple[str, Rhythm], ...] = (("N", "sinus"), ("A", "af"), ("~", "noise"), ("O", "sinus"))
    for rhythm, kind in kinds:
        for at in range(each if rhythm != "O" else 1):
            name = f"A{len(lines):05d}"
            source = synthetic_record(kind, duration_s, FS_HZ, seed=at)
            signal = source.read(0, source.n_samples)[:1].astype(np.int64)
            write_record(data, signal, name=name, fs=FS_HZ, gain=source.gain[0], sig_name=["ECG"])
            lines.append(f"{name},{rhythm}")
    (data / "REFERENCE-v3.csv").write_text("\n".join(lines) + "\n")
    return data
