"""Small WFDB records for tests, in any format, complete or damaged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

# Bits of the formats that wfdb can write.
BITS = {"80": 8, "212": 12, "16": 16, "516": 16, "24": 24, "32": 32}
INVALID = {fmt: -(1 << (bits - 1)) for fmt, bits in BITS.items()}


def write_record(
    folder: Path,
    d_signal: NDArray[np.int64],
    *,
    name: str = "rec",
    fmt: str = "16",
    fs: float = 250,
    gain: float = 200.0,
    baseline: int = 0,
    units: Sequence[str] | None = None,
    sig_name: Sequence[str] | None = None,
) -> Path:
    """Write ``d_signal`` (leads × samples, ADC units) as a record; its path without ``.hea``."""
    leads = len(d_signal)
    wfdb.wrsamp(
        name,
        fs=fs,
        units=list(units or ["mV"] * leads),
        sig_name=list(sig_name or [f"ECG{lead}" for lead in range(1, leads + 1)]),
        d_signal=d_signal.T.astype(np.int64),
        fmt=[fmt] * leads,
        adc_gain=[gain] * leads,
        baseline=[baseline] * leads,
        write_dir=str(folder),
    )
    return folder / name


def write_raw(folder: Path, header: str, data: bytes = b"", *, name: str = "rec") -> Path:
    """Write the given header, and a ``.dat`` beside it; its path without ``.hea``."""
    (folder / f"{name}.hea").write_text(header, encoding="utf-8")
    (folder / f"{name}.dat").write_bytes(data)
    return folder / name


def counting(leads: int, n_samples: int) -> NDArray[np.int64]:
    """A signal in which the value of each sample gives its place (within ±1000)."""
    return (np.arange(leads)[:, None] * 100 + np.arange(n_samples)[None, :]) % 2001 - 1000
