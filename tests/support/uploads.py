"""Records as people upload them, in memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from edfio import Edf, EdfSignal, Patient, Recording
from numpy.typing import NDArray

from models.classify.twelve_lead_order import STANDARD_LEADS
from tests.support.records_on_disk import write_record
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.synthetic import synthetic_record


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder, contents by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def excerpt_files(name: str) -> dict[str, bytes]:
    """The files of a shipped excerpt."""
    with excerpts_folder() as folder:
        return {f"{name}.{suffix}": (folder / f"{name}.{suffix}").read_bytes() for suffix in ("hea", "dat", "atr")}


def twelve_leads(seconds: float = 10.0, fs_hz: float = 500.0) -> NDArray[np.float64]:
    """A made beat in twelve leads, shape (12, samples), in millivolts."""
    made = synthetic_record("sinus", seconds)
    signal = made.p_signal[0]
    at_s = np.arange(round(seconds * fs_hz)) / fs_hz
    lead = np.interp(at_s, np.arange(len(signal)) / made.fs, signal)
    return np.stack([lead * (0.4 + 0.1 * k) for k in range(12)])


def twelve_lead_wfdb(folder: Path, seconds: float = 10.0, fs_hz: float = 500.0) -> dict[str, bytes]:
    """The files of a WFDB record of twelve leads; they are written to a folder first."""
    folder.mkdir(parents=True, exist_ok=True)
    adc = np.rint(twelve_leads(seconds, fs_hz) * 200).astype(np.int64)
    write_record(folder, adc, name="twelve", fs=fs_hz, sig_name=STANDARD_LEADS)
    return files_in(folder)


def edf_bytes(
    signals: Mapping[str, NDArray[np.float64]], fs_hz: float | Sequence[float], unit: str = "mV", **options: Any
) -> bytes:
    """An EDF+ file with a patient's name in it."""
    rates = [fs_hz] * len(signals) if isinstance(fs_hz, int | float) else list(fs_hz)
    made = [
        EdfSignal(values, rate, label=name, physical_dimension=unit)
        for (name, values), rate in zip(signals.items(), rates, strict=True)
    ]
    patient = Patient(code="4711", sex="F", birthdate=date(1950, 2, 1), name="Erika_Example")
    return Edf(made, patient=patient, recording=Recording(startdate=date(2020, 1, 1)), **options).to_bytes()


def csv_bytes(names: Sequence[str], values: NDArray[np.float64], separator: str = ",") -> bytes:
    """A CSV with a line of names, and a line a row of values; NaN is left empty."""
    lines = [separator.join(names)]
    lines += [separator.join("" if np.isnan(value) else f"{value:.5f}" for value in row) for row in values]
    return ("\n".join(lines) + "\n").encode()
