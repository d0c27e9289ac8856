"""A missed or late proof is an alert of the system, once; each proof in time pings once. On a real Redis."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from redis.asyncio import Redis

from processors.escalation.canary_watch import CanaryWatch, ping_url
from wardbeat.care.canary import FIRST_PROOF_S, Proof
from wardbeat.contracts.alert_codes import SYSTEM
from wardbeat.contracts.canary import CYCLE_S, INJECTIONS
from wardbeat.errors import EscalationError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis
S = 1_000_000_000


class Bench:
    """A ward with a clock that the test sets, and any number of escalators."""

    def __init__(self, redis: Redis) -> None:
        self.now_ns = self.start_ns = 1_800_000_000 * S
        self.alerts = AlertStore(redis, lambda: self.now_ns)
        self.live = LiveStore(redis)
        self.pings = 0
        self.fails = False

    def watch(self) -> CanaryWatch:
        return CanaryWatch(self.alerts, self.live, self.ping, lambda: self.now_ns)

    async def ping(self) -> None:
        await asyncio.sleep(0)
        if self.fails:
            raise EscalationError("nobody is there")
        self.pings += 1

    async def prove(self, index: int, delay_s: float = 5.0, cycle: int = 0) -> None:
        """An alert of the canary arrives; it is then."""
        code, onset_s = INJECTIONS[index]
        onset_ns = self.start_ns + round((cycle * CYCLE_S + onset_s) * S)
        self.now_ns = onset_ns + round(delay_s * S)
        await self.live.write_proof(Proof(code, onset_s, onset_ns, self.now_ns))

    async def states(self) -> list[str]:
        return [record.state for record in await self.alerts.history(SYSTEM)]


@pytest.fixture
async def bench(redis_server: str) -> AsyncIterator[Bench]:
    async with connect(redis_server) as client:
        yield Bench(client)


async def test_each_proof_in_time_pings_once_and_raises_nothing(bench: Bench) -> None:
    watch = bench.watch()
    for cycle in range(2):
        for index in range(len(INJECTIONS)):
            await bench.prove(index, cycle=cycle)
            for _ in range(3):
                await watch.check()
                bench.now_ns += S
    assert (bench.pings, await bench.states()) == (2 * len(INJECTIONS), [])
    assert (watch.age_s, watch.delay_s) == (3, 5)


async def test_a_dead_producer_is_one_alert_until_the_next_proof_whoever_judges(bench: Bench) -> None:
    await bench.prove(0)
    watches = [bench.watch(), bench.watch()]
    for _ in range(52):
        bench.now_ns += S
        for watch in watches:
            await watch.check()
    assert await bench.states() == ["active"]
    (record,) = await bench.alerts.open_alerts()
    assert "asystole" in record.alert.evidence.rule
    await bench.watch().check()  # an escalator that starts now agrees
    assert await bench.states() == ["active"]
    await bench.prove(2)
    await watches[1].check()
    assert await bench.states() == ["resolved"]
    assert bench.pings == 3, "both at first; then only the one that has looked"


async def test_a_late_proof_is_an_alert_and_no_ping(bench: Bench) -> None:
    watch = bench.watch()
    await bench.prove(0, delay_s=12.0)
    await watch.check()
    assert (bench.pings, await bench.states()) == (0, ["active"])
    await bench.prove(1)
    await watch.check()
    assert (bench.pings, await bench.states()) == (1, ["resolved"])


async def test_a_ward_that_is_never_proven_is_an_alert_that_no_new_escalator_ends(bench: Bench) -> None:
    watch = bench.watch()
    await watch.check()
    bench.now_ns += round((FIRST_PROOF_S + 1) * S)
    await watch.check()
    assert await bench.states() == ["active"]
    await bench.watch().check()
    assert await bench.states() == ["active"]
    assert watch.age_s is None


async def test_a_ping_that_fails_is_counted_and_not_repeated(bench: Bench) -> None:
    watch = bench.watch()
    bench.fails = True
    await bench.prove(0)
    await watch.check()
    await watch.check()
    assert (watch.pings_failed, bench.pings) == (1, 0)
    bench.fails = False
    await bench.prove(1)
    await watch.check()
    assert (watch.pings_failed, bench.pings) == (1, 1)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/right-token" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def outside_watch() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_the_outside_watch_is_called_and_no_error_names_its_address(outside_watch: str) -> None:
    await ping_url(f"{outside_watch}/right-token")()
    with pytest.raises(EscalationError, match="answer 404") as refused:
        await ping_url(f"{outside_watch}/wrong-token")()
    with pytest.raises(EscalationError, match="no answer") as away:
        await ping_url("http://127.0.0.1:1/wrong-token")()
    assert not any("token" in str(error.value) for error in (refused, away))
