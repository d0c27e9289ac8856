"""What the live monitor asked the feature networks over a record, heard with networks that have not seen its patient.

Row ``i`` was asked at second ``(i + 1) * ASKED_EVERY_S[network]`` of the record: the monitor asks on a grid.
"""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inputs import ASKED_EVERY_S
from processors.ward.ward import Networks, Ward
from training.data.capture import CHUNKS_AT_A_TIME, Recorder
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.records import open_record


def write_features(file: Path, path: Path, networks: Networks) -> None:
    """Run the monitor over a record and write what it asked; the file is there whole or not at all.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    recorder = Recorder(networks)
    ward = Ward(recorder)
    chunks = record_chunks(open_record(path), stream_id="captured", session_id=path.name, origin="replay")
    while some := list(islice(chunks, CHUNKS_AT_A_TIME)):
        ward.take(some)
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("wb") as stream:
        rows: dict[str, Any] = {network: recorder.rows(network)["features"] for network in ASKED_EVERY_S}
        np.savez(stream, allow_pickle=False, **rows)
    draft.replace(file)


def captured_features(work: Path, path: Path, network: str) -> NDArray[np.float32]:
    """The features that one network was asked over a record, shape (rows, features)."""
    with np.load(work / "features" / f"{path.name}.npz") as arrays:
        rows: NDArray[np.float32] = arrays[network]
    return rows


def asked_at_s(network: str, n: int) -> NDArray[np.float64]:
    """When each of ``n`` rows was asked, in seconds of the record."""
    return np.arange(1, n + 1, dtype=np.float64) * ASKED_EVERY_S[network]
