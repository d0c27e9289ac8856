"""Measures how many patients one worker can process in real time: ``make bench-worker``.

A worker process with a real Kafka and a real Redis receives patients in real time: first without viewers, then with a
viewer for every patient. Then it receives a backlog of the same size. The figures are CPU time of the worker alone, so
other programs have little effect; still, use a quiet machine.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from confluent_kafka import Producer
from redis import Redis

from benchmarks.monitor import load_records
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode
from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import record_chunks
from wardbeat.embedded.kafka import start_kafka
from wardbeat.embedded.processes import Child, wait_until
from wardbeat.embedded.redis_server import start_redis
from wardbeat.embedded.services import environment, start_worker, worker_health
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import create_topics, topic_plans
from wardbeat.settings import Settings
from wardbeat.store import redis_keys

CHUNK_S = 0.5
LIMIT_S = 600.0
WORKER_ID = "bench"


class Bench:
    """A worker and its patients, whose chunks are sent in turn."""

    def __init__(self, worker: Child, kafka: str, redis: Redis, redis_url: str, patients: int) -> None:
        self._worker = worker
        self._producer = Producer({"bootstrap.servers": kafka, "partitioner": topics.PARTITIONER, "log_level": 0})
        self._redis = redis
        self._redis_url = redis_url
        self._sent = 0
        records, _ = load_records(())
        self.patients = [
            record_chunks(records[n % len(records)], stream_id=f"p{n}", session_id=f"s{n}", origin="replay")
            for n in range(patients)
        ]

    def live(self, seconds: float, *, watched: bool) -> float:
        """Send ``seconds`` of signal in real time; gives the CPU time in µs for 1 s of one patient's signal."""

        def send() -> None:
            begin_s = time.monotonic()
            for tick in range(round(seconds / CHUNK_S)):
                if watched and tick % 4 == 0:
                    self._watch()
                for n, patient in enumerate(self.patients):
                    due_s = begin_s + (tick + n / len(self.patients)) * CHUNK_S
                    time.sleep(max(0.0, due_s - time.monotonic()))
                    self._send(next(patient))

        return self._cost(send, seconds)

    def backlog(self, seconds: float) -> float:
        """As :meth:`live`, but send the signal without pauses."""

        def send() -> None:
            for _ in range(round(seconds / CHUNK_S)):
                for patient in self.patients:
                    self._send(next(patient))

        return self._cost(send, seconds)

    def wait(self) -> None:
        """Wait until the worker has received all chunks."""
        self._producer.flush(LIMIT_S)
        wait_until("all chunks are received", lambda: self._received() >= self._sent, LIMIT_S, [self._worker])

    def _cost(self, send: Callable[[], None], seconds: float) -> float:
        begin_s = cpu_s(self._worker.pid)
        send()
        self.wait()
        return (cpu_s(self._worker.pid) - begin_s) * 1e6 / (seconds * len(self.patients))

    def _send(self, chunk: EcgChunk) -> None:
        now = msgspec.structs.replace(chunk, acquired_ns=time.time_ns() - round(CHUNK_S * 1e9))
        self._producer.produce(topics.WAVEFORM, encode(now), key=topics.key_of(chunk.stream_id))
        self._producer.poll(0)
        self._sent += 1

    def _watch(self) -> None:
        for n in range(len(self.patients)):
            self._redis.set(redis_keys.watch(f"p{n}"), 1, px=redis_keys.WATCH_TTL_MS)

    def _received(self) -> int:
        health = worker_health(self._redis_url, WORKER_ID)
        return health.chunks_received if health else 0


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@click.command()
@click.option("--patients", default=50, show_default=True, help="Number of patients at the same time.")
@click.option("--seconds", default=30.0, show_default=True, help="Signal of each patient in each of the three parts.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object on the last line.")
def main(patients: int, seconds: float, as_json: bool) -> None:
    """Measure a whole worker."""
    with tempfile.TemporaryDirectory() as name, start_kafka(Path(name)) as kafka, start_redis(Path(name)) as server:
        folder, servers = Path(name), kafka.bootstrap_servers
        create_topics(KafkaAccess(servers), topic_plans(Settings()))
        variables = environment(servers, server.url, WORKER_ID, folder)
        with Redis.from_url(server.url) as redis, start_worker(folder, variables) as worker:
            wait_until(
                "the worker has partitions", lambda: worker_health(server.url, WORKER_ID) is not None, LIMIT_S, [worker]
            )
            bench = Bench(worker, servers, redis, server.url, patients)
            bench.live(5.0, watched=False)  # warm-up
            costs_us = {
                "no viewers": bench.live(seconds, watched=False),
                "all viewed": bench.live(seconds, watched=True),
                "a backlog": bench.backlog(seconds),
            }
    print(f"{patients} patients at the same time, {seconds:g} s of the shipped MIT-BIH excerpts each\n")
    for what, cost_us in costs_us.items():
        print(f"  {what:<20}{cost_us:8.0f} µs/s{cost_us * patients / 1e6:8.0%} of a core")
    print(f"\nOne core processes {int(1e6 / costs_us['a backlog'])} such patients in real time, with full batches.")
    if as_json:
        print(json.dumps({"patients": patients, "seconds": seconds, "us_per_s": costs_us}))


if __name__ == "__main__":
    main()
