"""What a broker holds of three beds in two partitions: the input of tests that stop workers or Redis midway."""

from functools import cache

from processors.worker.records import KafkaRecord
from tests.support.worker_bench import record_of
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import Rhythm, synthetic_scenario

SCENES: dict[str, list[tuple[Rhythm, float]]] = {
    "bed-1": [("sinus", 34), ("vt", 12), ("asystole", 8), ("sinus", 16)],
    "bed-2": [("sinus", 20), ("asystole", 10), ("af", 40)],
    "bed-3": [("bigeminy", 40), ("sinus", 30)],
}
PARTITION_OF = {"bed-1": 0, "bed-2": 0, "bed-3": 1}


@cache
def three_bed_log() -> tuple[tuple[KafkaRecord, ...], ...]:
    """The records, half a second of all beds a row."""
    beds = [
        record_chunks(
            synthetic_scenario(scene, fs=250), stream_id=bed, session_id=f"s-{bed}", origin="live", start_ns=10**18
        )
        for bed, scene in SCENES.items()
    ]
    ends = {0: 0, 1: 0}
    rows: list[tuple[KafkaRecord, ...]] = []
    for row in zip(*beds, strict=True):
        records = []
        for chunk in row:
            partition = PARTITION_OF[chunk.stream_id]
            records.append(record_of(chunk, ends[partition], partition)._replace(timestamp_s=float(len(rows))))
            ends[partition] += 1
        rows.append(tuple(records))
    return tuple(rows)
