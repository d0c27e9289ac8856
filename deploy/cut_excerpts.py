"""Cut the excerpts that ship with Wardbeat from the MIT-BIH Arrhythmia Database.

Usage: python deploy/cut_excerpts.py MITDB_FOLDER [OUT]

Each excerpt is five minutes, chosen by its reference annotations: a quiet beginning that the monitor can learn the
patient from, then something happens. The samples are the original digital values, in FLAC (format 516).
"""

import sys
from pathlib import Path

import numpy as np
import wfdb

from wardbeat.ecg.io.records import open_record

OUT = Path(__file__).resolve().parents[1] / "wardbeat" / "ecg" / "data" / "excerpts"
DURATION_S = 300
# record -> where the excerpt begins (s), and what it shows
EXCERPTS = {
    "100": (840, "normal rhythm with single supraventricular beats"),
    "119": (1080, "ventricular bigeminy and trigeminy"),
    "200": (900, "ventricular couplets, bigeminy and short runs"),
    "203": (240, "atrial fibrillation, couplets and runs of ventricular beats"),
    "205": (1410, "normal rhythm, then ventricular tachycardia"),
    "207": (0, "ventricular flutter and tachycardia, bundle branch block"),
    "208": (360, "frequent ventricular couplets and fusion beats"),
    "232": (1200, "runs of supraventricular beats and long pauses"),
}


def cut(source: Path, out: Path, name: str, start_s: int, shows: str) -> None:
    """Write one excerpt: header, signals and annotations, counted from its own start."""
    fs = open_record(source / name).fs
    start, stop = round(start_s * fs), round((start_s + DURATION_S) * fs)
    record = wfdb.rdrecord(str(source / name), sampfrom=start, sampto=stop, physical=False)
    wfdb.wrsamp(
        name,
        fs=record.fs,
        units=record.units,
        sig_name=record.sig_name,
        d_signal=record.d_signal.astype(np.int16),
        fmt=["516"] * record.n_sig,
        adc_gain=record.adc_gain,
        baseline=record.baseline,
        comments=[f"MIT-BIH Arrhythmia Database 1.0.0, record {name}, from {start_s} s, {DURATION_S} s: {shows}"],
        write_dir=str(out),
    )
    cut_annotations(source, out, name, start, stop)


def cut_annotations(source: Path, out: Path, name: str, start: int, stop: int) -> None:
    """The annotations between two samples; the rhythm that is in force at the start is written there."""
    all_of = wfdb.rdann(str(source / name), "atr")
    inside = (all_of.sample >= start) & (all_of.sample < stop)
    before = [index for index in np.flatnonzero(all_of.sample < start) if all_of.symbol[index] == "+"]
    chosen = [*before[-1:], *np.flatnonzero(inside)]
    wfdb.wrann(
        name,
        "atr",
        sample=np.maximum(all_of.sample[chosen] - start, 0),
        symbol=[all_of.symbol[index] for index in chosen],
        subtype=all_of.subtype[chosen],
        chan=all_of.chan[chosen],
        num=all_of.num[chosen],
        aux_note=[all_of.aux_note[index].rstrip("\0") for index in chosen],
        fs=all_of.fs,
        write_dir=str(out),
    )


def main() -> None:
    source = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    for name, (start_s, shows) in EXCERPTS.items():
        cut(source, out, name, start_s, shows)
    (out / "RECORDS").write_text("".join(f"{name}\n" for name in EXCERPTS))


if __name__ == "__main__":
    main()
