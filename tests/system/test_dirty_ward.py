"""Faulty input of every kind beside a clean patient, through a real Kafka: each fault is reported."""

import urllib.request
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.limits import WAIT_S
from tests.support.worker_services import WorkerServices, excerpt_chunks, run_offline
from wardbeat.contracts.codec import MAX_CHUNK_BYTES, encode
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_scenario
from wardbeat.embedded.processes import free_ports
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.dead_letters import read_dead_letters

Sent = list[tuple[str, bytes]]
S = 10**9


def heart(bed: str, *, session_id: str = "s", seed: int = 0, fs: int = 250, seconds: int = 40) -> list[EcgChunk]:
    scenario = synthetic_scenario([("sinus", seconds)], fs=fs, seed=seed)
    chunks = record_chunks(scenario, stream_id=bed, session_id=f"{bed}-{session_id}", origin="replay", start_ns=10**18)
    return [msgspec.structs.replace(chunk, final=False) for chunk in chunks]


def in_turns(*streams: Sequence[EcgChunk]) -> list[EcgChunk]:
    return [chunk for row in zip_longest(*streams) for chunk in row if chunk is not None]


def dirty() -> dict[str, list[EcgChunk]]:
    """What the devices of each bed send, in this order; the bed is named by its fault."""
    late, twice, disordered, gaps = heart("late"), heart("twice"), heart("disordered"), heart("gaps")
    change, clock = heart("change", seconds=20), heart("clock")
    faster = [
        msgspec.structs.replace(
            chunk, first_sample=chunk.first_sample + 20 * 250, acquired_ns=chunk.acquired_ns + 20 * S
        )
        for chunk in heart("change", fs=360, seconds=20)
    ]
    swapped = [number for first in range(1, 77, 2) for number in (first + 1, first)]
    return {
        "late": [*late[:10], *late[11:30], late[10], *late[30:]],
        "twice": in_turns(twice, twice),
        "disordered": [disordered[number] for number in (0, *swapped)],
        "gaps": [chunk for chunk in gaps if chunk.sequence not in range(20, 30)],
        "change": [*change, *faster],
        "two": in_turns(heart("two"), heart("two", session_id="t", seed=1)),
        "one-id": in_turns(heart("one-id"), heart("one-id", seed=1)),
        "clock": [
            msgspec.structs.replace(chunk, acquired_ns=chunk.acquired_ns + 3600 * S * (chunk.sequence >= 40))
            for chunk in clock
        ],
    }


def without_ecg(bed: str) -> bytes:
    """A chunk of a device that sends other signals than ECG."""
    chunk = heart(bed, seconds=1)[0]
    names = tuple(f"Resp {number}" for number in range(chunk.n_leads))
    return encode(msgspec.structs.replace(chunk, origin="live", sig_name=names))


DIRT: Sent = [
    ("bed-208", b"junk"),
    ("bed-208", b"\xff" * 300),
    ("bed-208", b"\0" * (MAX_CHUNK_BYTES + 1)),
    ("bed-208", encode(heart("misplaced", seconds=1)[0])),
    ("breath", without_ecg("breath")),
]
LETTERS = Counter(
    {
        ("bed-208", "invalid"): 2,
        ("bed-208", "oversized"): 1,
        ("misplaced", "misplaced"): 1,
        ("breath", "noecg"): 1,
        ("late", "late"): 1,
        ("two", "replaced"): 79,
        ("one-id", "contradictory"): 80,
    }
)
IRREGULARITIES = {
    "repeated": 80,
    "late": 1,
    "contradictory": 80,
    "replaced": 79,
    "out_of_order": 38 + 4 + 1,
    "gap": 2,
    "format_change": 1,
    "clock_step": 1,
}


def shown(port: int, name: str) -> dict[str, float]:
    """The values of a metric by its label."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_S) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        next(iter(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


@pytest.mark.slow
def test_every_kind_of_fault_is_reported_and_the_clean_patient_is_unchanged(
    worker_services: WorkerServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("WARDBEAT_METRICS_PORT", str(port))
    beds = {"bed-208": excerpt_chunks("208", "bed-208"), **dirty()}
    records = [(chunk.stream_id, encode(chunk)) for chunk in in_turns(*beds.values())]
    with worker_services.worker("w1") as child:
        worker_services.send([*records[:100], *DIRT, *records[100:]])
        worker_services.wait_for_chunks(child, len(records))
        irregular = shown(port, "wardbeat_worker_irregularities_total")
        missing_s = shown(port, "wardbeat_worker_missing_seconds_total")
        dead = shown(port, "wardbeat_worker_dead_letters_total")
        summary = worker_services.stop(child)
    beats = worker_services.beats()
    for bed, chunks in beds.items():
        expected = run_offline(chunks)
        assert [beat for beat in beats if beat.stream_id == bed] == expected.beats, bed
        assert worker_services.alerts(bed) == expected.alerts, bed
    letters = list(read_dead_letters(KafkaAccess(worker_services.kafka)))
    assert Counter((letter.stream_id, letter.kind) for letter in letters) == LETTERS
    assert dead == dict(sum((Counter({kind: n}) for (_, kind), n in LETTERS.items()), Counter()))
    assert irregular == IRREGULARITIES
    assert missing_s == dict.fromkeys(beds, 0.0) | {"late": 0.5, "gaps": 5.0}
    assert (summary["failures"], summary["dead_letters"]) == (0, LETTERS.total())
    assert {alert.code for alert in worker_services.alerts("two").values()} == {"source_conflict"}
    assert {alert.code for alert in worker_services.alerts("one-id").values()} == {"source_conflict"}
