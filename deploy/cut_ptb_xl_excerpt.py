"""Choose the records of PTB-XL that ship with Wardbeat for tests, and write them in the published layout.

Usage: python deploy/cut_ptb_xl_excerpt.py PTB_XL_FOLDER [OUT]

Each part gets records whose statements are known, so that each superclass and the most frequent rhythms are in it. The
samples are in FLAC (WFDB format 516), with steps of 1 µV.
"""

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import wfdb

from training.data.ptb_xl.labels import SUPERCLASSES, rhythm_of
from training.data.ptb_xl.layout import DATABASE, FS_HZ, LEADS, STATEMENTS, PtbRecord, read_records, read_superclasses
from training.data.ptb_xl.signals import read_signals

OUT = Path(__file__).resolve().parents[1] / "training" / "data" / "ptb_xl" / "excerpt"
UNITS_PER_MV = 1000.0
SINGLE_SUPERCLASS = {"fit": 2, "validation": 1, "test": 1}
"""Records of each superclass alone, in sinus rhythm, by part."""
OTHER_RHYTHMS = {"fit": ("AFIB", "SBRAD", "STACH", "AFIB", "SARRH", "PACE"), "validation": ("AFIB",), "test": ("AFIB",)}
COLUMNS = ("ecg_id", "patient_id", "scp_codes", "strat_fold", "filename_lr", "filename_hr")


def chosen_records(records: list[PtbRecord], superclasses: dict[str, str]) -> list[PtbRecord]:
    """The first records of each kind, by their number; each patient once."""
    chosen: list[PtbRecord] = []
    for part, n in SINGLE_SUPERCLASS.items():
        inside = [one for one in records if one.part == part and one.statements and one.patient.isdecimal()]
        for name in SUPERCLASSES:
            kind = [one for one in inside if found(one, superclasses) == {name} and rhythm_of(one) == "SR"]
            chosen += new_ones(kind, n, chosen)
        for rhythm in OTHER_RHYTHMS[part]:
            chosen += new_ones([one for one in inside if rhythm_of(one) == rhythm], 1, chosen)
    return sorted(chosen, key=lambda one: one.ecg_id)


def found(record: PtbRecord, superclasses: dict[str, str]) -> set[str]:
    """The superclasses of a record."""
    return {superclasses[one] for one in record.statements or () if one in superclasses}


def new_ones(records: list[PtbRecord], n: int, chosen: list[PtbRecord]) -> list[PtbRecord]:
    """The first records of patients who have none yet."""
    patients = {one.patient for one in chosen}
    return [one for one in records if one.patient not in patients][:n]


def main() -> None:
    source = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    out.mkdir(parents=True, exist_ok=True)
    records = chosen_records(read_records(source), read_superclasses(source))
    for index, signal_mv in read_signals(source, records):
        file = out / records[index].file_100_hz
        file.parent.mkdir(parents=True, exist_ok=True)
        wfdb.wrsamp(
            file.name,
            fs=FS_HZ,
            units=["mV"] * len(LEADS),
            sig_name=list(LEADS),
            d_signal=np.round(signal_mv * UNITS_PER_MV).astype(np.int16),
            fmt=["516"] * len(LEADS),
            adc_gain=[UNITS_PER_MV] * len(LEADS),
            baseline=[0] * len(LEADS),
            comments=["PTB-XL 1.0.3 (CC BY 4.0), see NOTICE.md"],
            write_dir=str(file.parent),
        )
    with (out / DATABASE).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        for one in records:
            codes = dict.fromkeys(one.statements or (), 0.0)
            table.writerow([one.ecg_id, float(one.patient), codes, one.fold, one.file_100_hz, ""])
    shutil.copyfile(source / STATEMENTS, out / STATEMENTS)
    (out / STATEMENTS).chmod(0o644)


if __name__ == "__main__":
    main()
