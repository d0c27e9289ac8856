from typing import cast

import msgspec
import pytest

from dashboard.feed.beds import (
    ENDED,
    HANDOVER_S,
    HOLD_S,
    KAFKA_QUIET_S,
    NO_DATA,
    SILENT_S,
    STOPPED,
    BedReader,
    natural_key,
)
from dashboard.views import BedView
from tests.support.samples import make_status, make_window
from wardbeat.contracts.messages import Status
from wardbeat.store.history_store import HistoryGap, HistoryStore
from wardbeat.store.live_store import LastSeen, LiveStore, WorkerHealth


class FixedWard:
    """Fixed answers of Redis, and clocks that tests move by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.status: Status | None = None
        self.alive = True
        self.waited_s = 0.0
        self.history_gap: HistoryGap | None = None
        self.owned: tuple[int, ...] = ()
        self.kafka_problem: str | None = None
        self.last: LastSeen | None = None
        self.reader = BedReader(
            cast(LiveStore, self),
            cast(HistoryStore, self),
            monotonic_s=lambda: self.now_s,
            unix_s=lambda: 1_700_000_000 + self.now_s,
        )

    async def gap(self) -> HistoryGap | None:
        return self.history_gap

    async def streams(self) -> list[str]:
        return ["bed-1"]

    async def statuses(self, stream_ids: list[str]) -> dict[str, Status]:
        return {} if self.status is None else {"bed-1": self.status}

    async def workers(self) -> list[WorkerHealth]:
        health = WorkerHealth("w", 0, 12, 1, 0, 0, 0, self.waited_s, self.owned, self.kafka_problem)
        return [health] if self.alive else []

    async def last_seen(self, stream_ids: list[str]) -> list[LastSeen]:
        return [] if self.last is None else [self.last]

    def write_status(self, **changes: object) -> None:
        acquired_ns = round((1_700_000_000 + self.now_s) * 1e9)
        status = make_status(acquired_ns=acquired_ns)
        self.status = msgspec.structs.replace(status, sample=round(self.now_s * 360), **changes)

    async def bed(self) -> BedView:
        (bed,) = (await self.reader.read()).beds
        return bed


async def test_a_fresh_status_is_shown() -> None:
    ward = FixedWard()
    ward.write_status()
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm, bed.reason) == (True, 72.0, None)


async def test_missing_history_is_shown() -> None:
    ward = FixedWard()
    assert (await ward.reader.read()).history_gap is None
    ward.history_gap = HistoryGap(None, 1_700_000_000_000)
    gap = (await ward.reader.read()).history_gap
    assert gap is not None
    assert (gap.from_ms, gap.to_ms) == (None, 1_700_000_000_000)


async def test_signals_that_are_left_out_are_shown_also_when_the_bed_falls_silent() -> None:
    ward = FixedWard()
    ward.write_status(left_out=("Resp (respiration by name)",))
    assert (await ward.bed()).left_out == ("Resp (respiration by name)",)
    ward.now_s += SILENT_S + 0.1
    bed = await ward.bed()
    assert (bed.monitored, bed.left_out) == (False, ("Resp (respiration by name)",))


async def test_a_bed_without_any_status_is_not_monitored() -> None:
    bed = await FixedWard().bed()
    assert (bed.monitored, bed.hr_bpm, bed.reason) == (False, None, NO_DATA)


async def test_a_bed_has_its_newest_verdict_while_it_is_monitored() -> None:
    ward = FixedWard()
    ward.write_status()
    bed = await ward.bed()
    assert (bed.verdict, bed.verdict_ms) == (None, None), "none yet, or an older worker"
    ward.now_s += 1
    ward.write_status(window=make_window(number=3, verdict="typical"))
    bed = await ward.bed()
    assert (bed.verdict, bed.verdict_ms) == ("typical", 20_000)
    ward.alive = False
    bed = await ward.bed()
    assert (bed.verdict, bed.verdict_ms) == (None, None)


@pytest.mark.parametrize("expires", [True, False])
async def test_a_status_that_expires_or_stands_still_is_not_shown(expires: bool) -> None:
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    ward.now_s += SILENT_S + 0.1
    ward.status = None if expires else ward.status
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm, bed.quality, bed.reason) == (False, None, None, NO_DATA)
    assert (bed.hr_low_bpm, bed.origin) == (50, "replay")  # these do not become old


async def test_without_a_worker_no_status_is_trusted() -> None:
    ward = FixedWard()
    ward.write_status()
    ward.alive = False
    bed = await ward.bed()
    assert (bed.monitored, bed.reason, bed.lost) == (False, STOPPED["worker"], "worker")


async def shown(ward: FixedWard) -> tuple[bool, str | None, float | None]:
    bed = await ward.bed()
    return bed.monitored, bed.reason, bed.delayed_s


async def test_a_late_status_is_delayed() -> None:
    ward = FixedWard()
    ward.write_status()
    ward.now_s += 12
    assert await shown(ward) == (False, "Delayed by 12 s", 12)


async def test_a_status_that_was_written_late_is_delayed_whatever_the_clock_of_its_device() -> None:
    ward = FixedWard()
    ward.write_status(lag_s=8.0)
    assert await shown(ward) == (False, "Delayed by 8 s", 8)
    ward.now_s += 1
    assert await shown(ward) == (False, "Delayed by 9 s", 9)


async def test_a_status_that_its_worker_marks_as_delayed_is_not_live() -> None:
    ward = FixedWard()
    ward.write_status(state="delayed", hr_bpm=None, lag_s=2.5)
    assert await shown(ward) == (False, "Delayed by 2 s", 2.5)


async def test_silence_is_first_a_delay_and_then_no_data() -> None:
    ward = FixedWard()
    ward.write_status(lag_s=0.6)
    seen = []
    for _ in range(13):
        seen.append((await ward.bed()).reason)
        ward.now_s += 0.5
    assert seen == [None] * 5 + [f"Delayed by {n} s" for n in (3, 4, 4, 5, 5, 6)] + [NO_DATA] * 2


async def test_a_bed_whose_worker_is_behind_is_delayed_and_not_silent() -> None:
    """The missing ECG waits at a worker, so staff need not check the device."""
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    ward.waited_s = 9.0
    ward.now_s += 9
    assert await shown(ward) == (False, "Delayed by 9 s", 9)


async def test_at_the_limit_a_tile_does_not_change_at_every_poll() -> None:
    """Statuses come each second, so ages vary by 1 s. A delay ends only after two statuses without one."""
    ward = FixedWard()
    seen = []
    for half_s in range(24):
        if half_s % 2 == 0:
            ward.write_status(lag_s=2.7 if half_s < 12 else 0.6)
        seen.append((await ward.bed()).monitored)
        ward.now_s += 0.5
    assert seen[1:12] == [False] * 11
    assert sum(seen[i] != seen[i + 1] for i in range(1, 23)) == 1
    assert seen[12 + round(2 * HOLD_S) :] == [True] * (12 - round(2 * HOLD_S))


async def test_without_signal_there_is_no_heart_rate() -> None:
    ward = FixedWard()
    ward.write_status(state="no_signal")
    bed = await ward.bed()
    assert (bed.monitored, bed.hr_bpm) == (True, None)


async def test_while_redis_is_away_known_beds_stay_and_none_is_monitored() -> None:
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    without = ward.reader.without_redis()
    assert without.problem
    assert [(bed.stream_id, bed.monitored, bed.hr_bpm) for bed in without.beds] == [("bed-1", False, None)]


def test_beds_are_in_the_order_people_count() -> None:
    names = ["bed-10", "bed-2", "icu", "bed-1b", "7", "bed-1"]
    assert sorted(names, key=natural_key) == ["7", "bed-1", "bed-1b", "bed-2", "bed-10", "icu"]


LAST = LastSeen("bed-1", "s1", "live", 1, 360.0, 1, 1, partition=3)


async def lost(ward: FixedWard) -> tuple[str | None, str | None]:
    """The side of the bed and of the ward."""
    view = await ward.reader.read()
    return view.beds[0].lost, view.side


async def test_a_silent_bed_is_the_bed_and_not_the_ward() -> None:
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    ward.now_s += SILENT_S - 0.5
    assert await lost(ward) == (None, None), "delayed so far"
    ward.now_s += 1
    assert await lost(ward) == ("bed", None)


async def test_kafka_has_failed_when_a_worker_says_so_and_no_status_comes() -> None:
    ward = FixedWard()
    ward.write_status()
    ward.kafka_problem = "Kafka does not answer"
    assert await lost(ward) == (None, None), "ECG comes: one answer was late"
    ward.now_s += KAFKA_QUIET_S + 0.1
    assert await lost(ward) == ("kafka", "kafka")
    assert (await ward.bed()).reason == STOPPED["kafka"]


async def test_a_bed_whose_partition_no_worker_has_lost_its_worker() -> None:
    ward = FixedWard()
    ward.write_status()
    ward.owned, ward.last = (1, 2), LAST
    assert await lost(ward) == (None, None), "another worker takes it over"
    ward.now_s += HANDOVER_S + 0.1
    assert await lost(ward) == ("worker", "worker")


@pytest.mark.parametrize("alive", [True, False])
async def test_a_recording_that_has_ended_is_no_loss(alive: bool) -> None:
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    ward.last = msgspec.structs.replace(LAST, origin="replay", final=True)
    ward.now_s += SILENT_S + 0.1
    ward.alive = alive
    assert (await ward.bed()).reason == ENDED
    assert await lost(ward) == (None, None)
    assert ward.reader.without_redis().beds[0].lost is None


async def test_without_redis_every_bed_is_lost_to_it() -> None:
    ward = FixedWard()
    ward.write_status()
    await ward.bed()
    view = ward.reader.without_redis()
    assert (view.side, view.beds[0].lost, view.beds[0].reason) == ("redis", "redis", STOPPED["redis"])
