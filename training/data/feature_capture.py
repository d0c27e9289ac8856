"""Captures the inputs of the feature networks (ventricular and atrial) while the live monitor runs over a record.

The monitor runs these networks on a grid: row ``i`` has the time ``(i + 1) * ASKED_EVERY_S[network]`` in the record.
"""

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inputs import ASKED_EVERY_S
from processors.ward.network_batches import Networks
from processors.ward.ward import Ward
from training.data.capture import CHUNKS_PER_BATCH, RecordingNetworks
from wardbeat.atomic_files import atomic_file
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.records import open_record


def write_features(file: Path, path: Path, networks: Networks) -> None:
    """Run the monitor over a record and write the features; the file is complete or not there at all.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    recorder = RecordingNetworks(networks)
    ward = Ward(recorder)
    chunks = record_chunks(open_record(path), stream_id="captured", session_id=path.name, origin="replay")
    while batch := list(islice(chunks, CHUNKS_PER_BATCH)):
        ward.take(batch)
    rows: dict[str, Any] = {network: recorder.rows(network)["features"] for network in ASKED_EVERY_S}
    with atomic_file(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **rows)


def captured_features(work: Path, path: Path, network: str) -> NDArray[np.float32]:
    """The captured features of one network over a record, shape (rows, …)."""
    with np.load(work / "features" / f"{path.name}.npz") as arrays:
        rows: NDArray[np.float32] = arrays[network]
    return rows


def row_times_s(network: str, n: int) -> NDArray[np.float64]:
    """The time of each of ``n`` rows, in seconds of the record."""
    return np.arange(1, n + 1, dtype=np.float64) * ASKED_EVERY_S[network]
