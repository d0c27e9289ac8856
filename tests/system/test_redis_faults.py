"""Redis dies, hangs, is slow or is full while a worker runs; afterwards the results are the same as without it."""

import asyncio
import resource
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from processors.ward.ward import Ward
from processors.worker.sinks import persist
from processors.worker.telemetry import heartbeat
from processors.worker.telemetry.heartbeat import Heartbeat
from tests.support.limits import WAIT_S
from tests.support.stub_networks import RowNetworks
from tests.support.three_bed_log import PARTITION_OF, SCENES, three_bed_log
from tests.support.worker_bench import WorkerBench
from wardbeat.contracts.messages import Alert
from wardbeat.embedded.processes import Child, free_ports
from wardbeat.embedded.redis_server import find_server, server_config
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.redis_client import TIMEOUT_S, connect, memory

pytestmark = pytest.mark.slow


class OwnRedis:
    """A Redis that tests damage. It keeps its data when it is started again."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.url = f"redis://127.0.0.1:{port}/0"
        self._folder = folder
        self._config = folder / "redis.conf"
        self._config.write_text(server_config(port, folder), encoding="utf-8")
        self.child = self._begin()

    def kill(self) -> None:
        self.child.signal(signal.SIGKILL)
        self.child.wait(WAIT_S)

    def start_again(self) -> None:
        self.child = self._begin()

    def fill_disk(self) -> None:
        """Let it write only 1000 bytes more."""
        files = self._folder.rglob("appendonly*.aof")  # beside the others, or in a folder of its own from Redis 7 on
        largest = max(file.stat().st_size for file in files) + 1000
        resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (largest, largest))

    def _begin(self) -> Child:
        return Child("redis", [str(find_server()), str(self._config)], self._folder)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    server = OwnRedis(tmp_path)
    yield server
    server.child.stop()


@pytest.fixture
async def redis(server: OwnRedis) -> AsyncIterator[Redis]:
    async with connect(server.url) as client:
        while not await answers(client):  # noqa: ASYNC110 # there is no event for it
            await asyncio.sleep(0.05)
        yield client


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persist, "LONGEST_WAIT_S", 0.5)


async def answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except RedisError:
        return False


class Results(NamedTuple):
    """What a worker has sent to Kafka and stored in Redis, and the offsets that it may commit."""

    sent: Counter[tuple[str, bytes | None]]
    alerts: dict[str, tuple[str, int, Alert]]
    changes: Counter[tuple[str, str, int]]
    audited: Counter[tuple[str, str, str]]
    committable: dict[int, int]


Fault = Callable[[int], Awaitable[None]]


async def watched(redis: Redis, fault_at: Fault) -> Results:
    """Run the log through one worker; ``fault_at`` runs beside each half second and may damage Redis."""
    await redis.flushdb()
    bench = WorkerBench(redis, Ward(RowNetworks()))
    bench.now_ns = 2 * 10**18
    bench.own(0, 1)
    faults = []
    for number, row in enumerate(three_bed_log()):
        faults.append(asyncio.ensure_future(fault_at(number)))
        await bench.processor.process(row)
        if number % 2:
            await bench.later(1.0)
    await asyncio.gather(*faults)
    await bench.later(20.0)
    await bench.processor.finish()
    bench.processor.close()
    records = [record for bed in SCENES for record in await bench.alerts.whole_history(bed)]
    return Results(
        Counter((topic, value) for topic, _, value in bench.sent),
        {record.alert.alert_id: (record.state, record.version, record.alert) for record in records},
        Counter((one.alert.alert_id, one.state, one.version) for _, one in await bench.alerts.changes("0-0")),
        Counter([(one.subject, one.act, one.detail) for bed in SCENES for one in await AuditLog(redis).of(bed)]),
        bench.processor.committable,
    )


async def nothing(_row: int) -> None:
    pass


async def undisturbed(redis: Redis) -> Results:
    left = await watched(redis, nothing)
    assert {alert.code for _, _, alert in left.alerts.values()} >= {"asystole", "bigeminy"}
    assert left.committable == {
        partition: sum(PARTITION_OF[bed] == partition for bed in SCENES) * len(three_bed_log()) for partition in (0, 1)
    }
    assert max(left.changes.values()) == max(left.audited.values()) == 1
    return left


async def test_a_redis_that_is_killed_and_started_again(redis: Redis, server: OwnRedis) -> None:
    expected = await undisturbed(redis)

    async def fault(row: int) -> None:
        if row % 23 == 11:
            await asyncio.sleep(row / 23 * 0.004)  # in the middle of a write
            server.kill()
            assert not await answers(redis)
            await asyncio.sleep(0.7)
            server.start_again()

    assert await watched(redis, fault) == expected


async def test_a_redis_that_hangs_for_longer_than_its_client_waits(redis: Redis, server: OwnRedis) -> None:
    """When it continues, it runs the commands that its clients have given up, beside their newer ones."""
    expected = await undisturbed(redis)

    async def fault(row: int) -> None:
        if row == 90:  # in a run of ventricular tachycardia
            server.child.signal(signal.SIGSTOP)
            await asyncio.sleep(TIMEOUT_S + 2)
            server.child.signal(signal.SIGCONT)

    began_s = time.monotonic()
    assert await watched(redis, fault) == expected
    assert time.monotonic() - began_s > TIMEOUT_S + 2


async def test_a_slow_redis(redis: Redis) -> None:
    expected = await undisturbed(redis)

    async def fault(row: int) -> None:
        if row % 10 == 0:
            await redis.client_pause(300)

    assert await watched(redis, fault) == expected


@pytest.mark.parametrize("room", [{"maxmemory": "1"}, {"min-replicas-to-write": "1"}])
async def test_a_redis_that_refuses_writes_for_a_while(redis: Redis, room: dict[str, str]) -> None:
    """Its memory is full, or it has too few replicas: it reads, and writes nothing."""
    expected = await undisturbed(redis)

    async def fault(row: int) -> None:
        if row in {20, 90}:
            for name, value in room.items():
                await redis.config_set(name, value)
            with pytest.raises(ResponseError):
                await redis.set("a", "b")
            await asyncio.sleep(1.5)
            for name in room:
                await redis.config_set(name, "0")

    assert await watched(redis, fault) == expected


async def test_a_redis_with_a_full_disk(redis: Redis, server: OwnRedis) -> None:
    """It ends in the middle of a write, as it must not confirm what it has not stored, and is started again."""
    expected = await undisturbed(redis)

    async def fault(row: int) -> None:
        if row in {20, 90}:
            server.fill_disk()
            while server.child.exit_code is None:  # noqa: ASYNC110 # there is no event for it
                await asyncio.sleep(0.02)
            server.start_again()

    assert await watched(redis, fault) == expected


async def test_a_worker_reports_a_redis_that_hangs_and_that_it_works_again(
    redis: Redis, server: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "ANSWER_S", 0.3)
    bench = WorkerBench(redis)
    beat = Heartbeat(bench.live, bench.processor, "w1", lambda _: 0, partial(memory, redis))
    beat.set_partitions([0])
    await beat.beat()
    assert beat.redis_problem is None
    server.child.signal(signal.SIGSTOP)
    await beat.beat()
    assert beat.redis_problem == "Redis does not answer (not within 0.3 s)"
    server.child.signal(signal.SIGCONT)
    await beat.beat()
    assert beat.redis_problem is None
    bench.processor.close()
