"""How many patients one worker keeps up with: ``make bench-worker``.

A whole worker, as a process between a real Kafka and a real Redis, is sent patients at the speed of time, first with
nobody looking, then with somebody looking at all of them, and then a backlog as large. Figures are CPU time of the
worker alone, so what else the machine does shows little in them; still, run it on a quiet one.
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
    """A worker, and the patients that it is sent, one chunk of each at a time."""

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
        """Send so much at the speed of time; microseconds of CPU a second of one patient's signal."""

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
        """The same of what is sent all at once."""

        def send() -> None:
            for _ in range(round(seconds / CHUNK_S)):
                for patient in self.patients:
                    self._send(next(patient))

        return self._cost(send, seconds)

    def wait(self) -> None:
        """Wait until the worker has read all."""
        self._producer.flush(LIMIT_S)
        wait_until("all is read", lambda: self._received() >= self._sent, LIMIT_S, [self._worker])

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
    """CPU seconds that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@click.command()
@click.option("--patients", default=50, show_default=True, help="Side by side.")
@click.option("--seconds", default=30.0, show_default=True, help="Of signal a patient, three times.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one object, on the last line.")
def main(patients: int, seconds: float, as_json: bool) -> None:
    """Measure a whole worker."""
    with tempfile.TemporaryDirectory() as name, start_kafka(Path(name)) as kafka, start_redis(Path(name)) as server:
        folder, servers = Path(name), kafka.bootstrap_servers
        create_topics(KafkaAccess(servers), topic_plans(Settings()))
        variables = environment(servers, server.url, WORKER_ID, folder)
        with Redis.from_url(server.url) as redis, start_worker(folder, variables) as worker:
            wait_until("it has partitions", lambda: worker_health(server.url, WORKER_ID) is not None, LIMIT_S, [worker])
            bench = Bench(worker, servers, redis, server.url, patients)
            bench.live(5.0, watched=False)  # what has to be loaded is loaded
            costs_us = {
                "nobody looks": bench.live(seconds, watched=False),
                "all are looked at": bench.live(seconds, watched=True),
                "a backlog": bench.backlog(seconds),
            }
    print(f"{patients} patients side by side, {seconds:g} s of the shipped MIT-BIH excerpts each\n")
    for what, cost_us in costs_us.items():
        print(f"  {what:<20}{cost_us:8.0f} µs/s{cost_us * patients / 1e6:8.0%} of a core")
    print(f"\nOne core keeps up with {int(1e6 / costs_us['a backlog'])} such patients: then its batches are full.")
    if as_json:
        print(json.dumps({"patients": patients, "seconds": seconds, "us_per_s": costs_us}))


if __name__ == "__main__":
    main()
