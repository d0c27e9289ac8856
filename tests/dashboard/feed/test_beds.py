from typing import cast

import msgspec
import pytest

from dashboard.api.views import BedView
from dashboard.feed.beds import HOLD_S, NO_DATA, SILENT_S, STOPPED, BedReader, natural_key
from tests.support.samples import make_status
from wardbeat.contracts.messages import Status
from wardbeat.store.live_store import LiveStore, WorkerHealth


class Ward:
    """What Redis would answer, and the clocks; every read advances nothing by itself."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.status: Status | None = None
        self.alive = True
        self.waited_s = 0.0
        self.reader = BedReader(
            cast(LiveStore, self), monotonic_s=lambda: self.now_s, unix_s=lambda: 1_700_000_000 + self.now_s
        )

    async def streams(self) -> list[str]:
        return ["bed-1"]

    async def statuses(self, stream_ids: list[str]) -> dict[str, Status]:
        return {} if self.status is None else {"bed-1": self.status}

    async def workers(self) -> list[WorkerHealth]:
        return [WorkerHealth("w", 0, 12, 1, 0, 0, 0, self.waited_s)] if self.alive else []

    def tell(self, **changes: object) -> None:
        acquired_ns = round((1_700_000_000 + self.now_s) * 1e9)
        status = make_status(acquired_ns=acquired_ns)
        self.status = msgspec.structs.replace(status, sample=round(self.now_s * 360), **changes)

    async def bed(self) -> BedView:
        (bed,) = (await self.reader.read()).beds
        return bed


async def test_a_fresh_status_is_shown() -> None:
    ward = Ward()
    ward.tell()
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm, bed.reason) == (True, 72.0, None)


async def test_a_bed_that_was_never_heard_is_not_monitored() -> None:
    bed = await Ward().bed()
    assert (bed.monitored, bed.hr_bpm, bed.reason) == (False, None, NO_DATA)


@pytest.mark.parametrize("expires", [True, False])
async def test_a_status_that_expires_or_stands_still_is_not_shown(expires: bool) -> None:
    ward = Ward()
    ward.tell()
    await ward.bed()
    ward.now_s += SILENT_S + 0.1
    ward.status = None if expires else ward.status
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm, bed.quality, bed.reason) == (False, None, None, NO_DATA)
    assert (bed.hr_low_bpm, bed.origin) == (50, "replay")  # what does not grow old


async def test_without_a_worker_no_status_is_trusted() -> None:
    ward = Ward()
    ward.tell()
    ward.alive = False
    bed = await ward.bed()
    assert (bed.monitored, bed.reason) == (False, STOPPED)


async def shown(ward: Ward) -> tuple[bool, str | None, float | None]:
    bed = await ward.bed()
    return bed.monitored, bed.reason, bed.delayed_s


async def test_what_is_being_caught_up_with_is_not_live() -> None:
    ward = Ward()
    ward.tell()
    ward.now_s += 12
    assert await shown(ward) == (False, "Delayed by 12 s", 12)


async def test_a_status_that_was_late_when_it_was_written_is_delayed_whatever_its_device_says() -> None:
    ward = Ward()
    ward.tell(lag_s=8.0)
    assert await shown(ward) == (False, "Delayed by 8 s", 8)
    ward.now_s += 1
    assert await shown(ward) == (False, "Delayed by 9 s", 9)


async def test_a_status_of_a_worker_that_holds_it_for_delayed_is_not_live() -> None:
    ward = Ward()
    ward.tell(state="delayed", hr_bpm=None, lag_s=2.5)
    assert await shown(ward) == (False, "Delayed by 2 s", 2.5)


async def test_silence_is_first_a_delay_and_then_no_data() -> None:
    ward = Ward()
    ward.tell(lag_s=0.6)
    told = []
    for _ in range(13):
        told.append((await ward.bed()).reason)
        ward.now_s += 0.5
    assert told == [None] * 5 + [f"Delayed by {n} s" for n in (3, 4, 4, 5, 5, 6)] + [NO_DATA] * 2


async def test_whose_worker_is_behind_has_not_fallen_silent() -> None:
    """What is missing waits to be read; nobody need go and look at the device."""
    ward = Ward()
    ward.tell()
    await ward.bed()
    ward.waited_s = 9.0
    ward.now_s += 9
    assert await shown(ward) == (False, "Delayed by 9 s", 9)


async def test_at_the_limit_a_tile_does_not_change_at_every_look() -> None:
    """Statuses come each second, so ages go up and down by one; who has been late waits for two that are not."""
    ward = Ward()
    told = []
    for half_s in range(24):
        if half_s % 2 == 0:
            ward.tell(lag_s=2.7 if half_s < 12 else 0.6)
        told.append((await ward.bed()).monitored)
        ward.now_s += 0.5
    assert told[1:12] == [False] * 11
    assert sum(told[i] != told[i + 1] for i in range(1, 23)) == 1
    assert told[12 + round(2 * HOLD_S) :] == [True] * (12 - round(2 * HOLD_S))


async def test_no_heart_rate_stands_beside_no_signal() -> None:
    ward = Ward()
    ward.tell(state="no_signal")
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm) == (True, None)


async def test_while_redis_is_away_known_beds_stay_and_none_is_monitored() -> None:
    ward = Ward()
    ward.tell()
    await ward.bed()
    lost = ward.reader.lost()
    assert lost.problem
    assert [(bed.stream_id, bed.monitored, bed.hr_bpm) for bed in lost.beds] == [("bed-1", False, None)]


def test_beds_are_in_the_order_people_count() -> None:
    names = ["bed-10", "bed-2", "icu", "bed-1b", "7", "bed-1"]
    assert sorted(names, key=natural_key) == ["7", "bed-1", "bed-1b", "bed-2", "bed-10", "icu"]
