from typing import cast

import msgspec
import pytest

from dashboard.beds import LATE_S, NO_DATA, STALE_S, STOPPED, BedReader, natural_key
from dashboard.views import Bed
from tests.samples import make_status
from wardbeat.live import LiveStore, WorkerHealth
from wardbeat.messages import Status


class Ward:
    """What Redis would answer, and the clocks; every read advances nothing by itself."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.status: Status | None = None
        self.alive = True
        self.reader = BedReader(
            cast(LiveStore, self), monotonic_s=lambda: self.now_s, unix_s=lambda: 1_700_000_000 + self.now_s
        )

    async def streams(self) -> list[str]:
        return ["bed-1"]

    async def statuses(self, stream_ids: list[str]) -> dict[str, Status]:
        return {} if self.status is None else {"bed-1": self.status}

    async def workers(self) -> list[WorkerHealth]:
        return [WorkerHealth("w", 0, 12, 1, 0, 0, 0)] if self.alive else []

    def tell(self, **changes: object) -> None:
        acquired_ns = round((1_700_000_000 + self.now_s) * 1e9)
        status = make_status(acquired_ns=acquired_ns)
        self.status = msgspec.structs.replace(status, sample=round(self.now_s * 360), **changes)

    async def bed(self) -> Bed:
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
    ward.now_s += STALE_S + 0.1
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


async def test_what_is_being_caught_up_with_is_not_live() -> None:
    ward = Ward()
    ward.tell()
    ward.now_s += LATE_S + 7
    bed = await ward.bed()
    assert (bed.monitored, bed.reason) == (False, "Data come 12 s late")


async def test_delayed_answers_are_said() -> None:
    ward = Ward()
    ward.tell(state="delayed", hr_bpm=None)
    bed = await ward.bed()
    assert (bed.monitored, bed.reason) == (False, "Analysis delayed")


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
