"""Writes the leads of a CSV file as a WFDB record, which every command reads."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.contracts.rules import FS_RANGE_HZ
from wardbeat.ecg.chunking import fitting_scale, quantise
from wardbeat.ecg.io.csv_text import read_csv
from wardbeat.ecg.io.lead_names import lead_names
from wardbeat.errors import RecordError

NOT_IN_A_NAME: Final = re.compile(r"[^\w-]")
"""Names of WFDB records have letters, digits, ``_`` and ``-``."""


def import_csv(file: Path, folder: Path, rate_hz: float | None = None, *, overwrite: bool = False) -> Path:
    """Convert a CSV file to a WFDB record of format 16.

    Parameters
    ----------
    file : Path
    folder : Path
        It is made if it is missing.
    rate_hz : float, optional
        Sampling rate in Hz, if the file has no column of times.
    overwrite : bool
        Whether to replace a record of the same name.

    Returns
    -------
    Path
        The record, without ``.hea``.

    Raises
    ------
    RecordError
        If the file can't be read, or the record is there already.
    """
    import wfdb

    name = NOT_IN_A_NAME.sub("_", file.stem) or "record"
    record = folder / name
    if record.with_suffix(".hea").exists() and not overwrite:
        raise RecordError(f"{record}.hea: is there already; give another folder, or --overwrite")
    try:
        leads = read_csv(file.read_bytes(), rate_hz)
    except OSError as error:
        raise RecordError(f"{file}: can't be read ({error.strerror}); give a CSV file") from error
    except RecordError as error:
        raise RecordError(f"{file}: {error}") from error
    if not FS_RANGE_HZ.holds(leads.fs) or len(leads.sig_name) > MAX_LEADS:
        raise RecordError(
            f"{file}: {FS_RANGE_HZ.low:g} to {FS_RANGE_HZ.high:g} Hz and at most {MAX_LEADS} leads are read, "
            f"{leads.fs:g} Hz and {len(leads.sig_name)} leads given; resample it or leave leads out"
        )
    scales = [fitting_scale(lead) for lead in leads.p_signal]
    gain, baseline = [gain for gain, _ in scales], [baseline for _, baseline in scales]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".partial-") as temporary:
            wfdb.wrsamp(
                name,
                fs=leads.fs,
                units=["mV"] * len(scales),
                sig_name=list(lead_names(leads.sig_name)),
                d_signal=quantise(leads.p_signal, gain, baseline).T.astype(np.int64),
                fmt=["16"] * len(scales),
                adc_gain=gain,
                baseline=baseline,
                write_dir=temporary,
            )
            for suffix in (".dat", ".hea"):  # the header last, because a record exists when its header does
                Path(temporary, f"{name}{suffix}").replace(folder / f"{name}{suffix}")
    except OSError as error:
        raise RecordError(f"{folder}: can't be written ({error.strerror}); give another folder with --to") from error
    return record
