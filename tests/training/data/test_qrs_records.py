"""Records are read as the QRS network receives them."""

import numpy as np

from training.data.qrs_records import read_qrs_record
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.qrs.network import LEADS


def test_a_record_has_the_leads_beats_and_known_parts_of_the_reference() -> None:
    with excerpts_folder() as folder:
        record = read_qrs_record(folder / "207")
        assert record.signal.shape[1] == LEADS
        assert record.signal.dtype == np.float32
        flutter = ~record.known
        assert flutter[: record.beats[0]].all()
        assert flutter.mean() > 0.05, "207 has ventricular flutter"
        assert record.known[record.beats].mean() > 0.9
