"""The canary on the screens: beside the beds, its proofs noted once, on a real Redis."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from dashboard.feed.canary import CanaryFeed
from dashboard.views import BedView, WardView
from tests.support.samples import make_alert
from wardbeat.care.alert_lifecycle import AlertRecord, begin
from wardbeat.contracts.canary import CANARY, INJECTIONS
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect

S = 1_000_000_000
START_NS = 1_800_000_000 * S
CODE, ONSET_S = INJECTIONS[0]
WARD = WardView(
    problem=None,
    beds=[BedView(stream_id="bed-1", monitored=True), BedView(stream_id=CANARY, monitored=False, reason="No data")],
)


class Clock:
    now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    async with connect(redis_server) as client:
        yield client


def shown(raised_s: float, start_ns: int = START_NS) -> AlertRecord:
    alert = msgspec.structs.replace(
        make_alert(CODE, stream_id=CANARY),
        origin="canary",
        raised_sample=round(raised_s * 360),
        raised_acquired_ns=start_ns + round(raised_s * S),
    )
    return begin(alert, 1)


def test_the_canary_is_no_bed_and_marked() -> None:
    feed = CanaryFeed(LiveStore(Redis()), on=True, clock_ns=Clock())
    ward = feed.add_to(WARD)
    assert [bed.stream_id for bed in ward.beds] == ["bed-1"]
    assert ward.canary_bed is not None
    assert (ward.canary_bed.stream_id, ward.canary_bed.origin) == (CANARY, "canary")
    assert ward.canary is not None
    assert (ward.canary.shown_ms, ward.canary.missed) == (None, None)


def test_a_ward_without_a_canary_shows_none_even_if_one_was_there() -> None:
    ward = CanaryFeed(LiveStore(Redis()), on=False).add_to(WARD)
    assert ([bed.stream_id for bed in ward.beds], ward.canary, ward.canary_bed) == (["bed-1"], None, None)


@pytest.mark.slow
async def test_the_first_time_an_alert_is_shown_counts(redis: Redis) -> None:
    clock, store = Clock(), LiveStore(redis)
    feed = CanaryFeed(store, on=True, clock_ns=clock)
    record = shown(ONSET_S + 2)
    clock.now_ns = START_NS + round((ONSET_S + 2.5) * S)
    await feed.note([begin(make_alert("asystole"), 1), record])
    clock.now_ns += 20 * S
    await feed.note([record])  # again, with its longer strip or after a resync
    await feed.read()
    view = feed.add_to(WARD).canary
    assert view is not None
    assert view.delay_s == pytest.approx(2.5, abs=0.01)
    assert view.shown_ms == (START_NS + round((ONSET_S + 2.5) * S)) // 1_000_000
    assert view.missed is None
    clock.now_ns += 60 * S
    later = feed.add_to(WARD).canary
    assert later is not None
    assert later.missed is not None


@pytest.mark.slow
async def test_an_older_onset_replaces_no_newer_proof(redis: Redis) -> None:
    clock, store = Clock(), LiveStore(redis)
    feed = CanaryFeed(store, on=True, clock_ns=clock)
    await feed.note([shown(ONSET_S + 2, START_NS + 500 * S)])
    newest = await store.proof()
    await feed.note([shown(ONSET_S + 2)])
    assert await store.proof() == newest
