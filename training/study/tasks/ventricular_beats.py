"""Ventricular beats by their form on two ward leads: the task of the transfer.

:mod:`training.study.twelve_lead.transfer` fits networks on it.
The rows are the beats of the ward's records (:mod:`training.study.ward.records`): DS1 is for the fit, svdb validates.
Nothing is scored on DS2.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.inputs import NETWORK_FS_HZ
from training.data.ptb_xl.layout import FS_HZ
from training.data.splits import DS1
from training.progress import Progress
from training.study.task import Part, Rows, Task
from training.study.tasks.beats import scored_beats
from training.study.ward import records
from training.study.ward.records import WardRecords, ward_records
from training.study.ward.row_files import load_rows, save_rows
from wardbeat.contracts.messages import SYMBOLS

V = SYMBOLS.index("V")
LEADS = ("II", "V1")
"""The leads of a 12-lead ECG that the ward's two leads are most like."""
LARGEST_ROWS = {"fit": 1500, "validation": 400}
"""Beats of a record, drawn at random where it has more; so the proportion of V is kept."""
QRS_OVER_STD = 6.0
"""The ward's leads are over the patient's QRS amplitude. Networks with twelve leads take leads over their standard
deviation (about 0.17 mV), of which a QRS complex of 1 mV has six."""
SEED = 0


class VentricularBeatsTask(Task):
    """V against all other beats, from 1 s of two leads around the R peak, at the rate of the 12-lead networks."""

    name = "ventricular-beats"
    title = "Ventricular beats by their form on two leads"
    classes = ("other", "V")
    exclusive = True
    figure = "macro_f1"
    models = ()
    data_sets = ("mitdb", "svdb")

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        """Capture the ward's records into the folder beside ``work``, then write the beats of DS1 and of svdb."""
        if all((work / f"{part}.npz").is_file() for part in LARGEST_ROWS):
            return
        records.prepare(data, work.parent, progress)
        parts = [_beats(ward_records(work.parent, part)) for part in ("fit", "validation")]
        joined = Rows(
            {"signal": np.concatenate([part.inputs["signal"] for part in parts])},
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.record for part in parts]),
            np.concatenate([part.patient for part in parts]),
        )
        in_ds1 = np.isin(joined.record, DS1)
        save_rows(work / "fit.npz", _at_most(joined.take(in_ds1), LARGEST_ROWS["fit"]))
        save_rows(work / "validation.npz", _at_most(joined.take(~in_ds1), LARGEST_ROWS["validation"]))

    def rows(self, work: Path, part: Part) -> Rows:
        """Beats of DS1 (``fit``) or svdb (``validation``); there is no test part."""
        return load_rows(work / f"{part}.npz")

    def weights(self, rows: Rows) -> NDArray[np.float64]:
        """By one over the square root of the beats of the class: V are rare in the patients who are scored, too."""
        label = rows.labels.argmax(axis=1)
        weight = 1.0 / np.sqrt(np.bincount(label, minlength=2)[label])
        return np.asarray(weight / weight.sum())


def _beats(captured: WardRecords) -> Rows:
    beats = scored_beats(captured)
    signal = QRS_OVER_STD * resample_poly(beats.inputs["waveform"][:, :, :2], FS_HZ, NETWORK_FS_HZ, axis=1)
    labels = np.eye(2, dtype=np.float32)[(beats.label == V).astype(int)]
    record = captured.record_of(beats.record)
    return Rows({"signal": signal.astype(np.float32)}, labels, record, captured.patient_of(beats.record))


def _at_most(rows: Rows, largest: int) -> Rows:
    """At most so many rows of each record."""
    random = np.random.default_rng(SEED)
    order = random.permutation(len(rows))
    _, record = np.unique(rows.record[order], return_inverse=True)
    by_record = np.argsort(record, kind="stable")
    counts = np.bincount(record)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows.take(np.sort(order[by_record[nth < largest]]))
