"""Decides whether each bed is monitored, delayed, or NOT MONITORED with a reason.

A status is never shown as live if it is late, if it stops changing, or if no worker is alive.
"""

import re
import time
from collections.abc import Callable, Sequence

from dashboard.feed.sides import PROBLEMS, failed_side, has_ended, ward_side
from dashboard.views import BedView, HistoryGapView, Side, WardView
from wardbeat.contracts.messages import Status
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LastSeen, LiveStore, WorkerHealth

SILENT_S = 5.0
"""A status comes every second. After this time a worker also raises an alert
(``processors.worker.silence.NO_DATA_AFTER_S``)."""
HOLD_S = 2.0
"""A delay ends after 2 s, or two statuses, without one, so that a tile at the limit does not change at every poll."""
HANDOVER_S = 3.0
"""Another worker may take a partition over within this time: until then a status without a worker counts."""
KAFKA_QUIET_S = 2.0
"""If Kafka does not answer a worker, a status that is older is the last one."""

NO_DATA = "No data from the bed"
ENDED = "The recording has ended"
DELAYED = "Delayed by"
STOPPED: dict[Side, str] = {
    "worker": "Monitoring stopped: no worker",
    "kafka": "Monitoring stopped: Kafka",
    "redis": "Monitoring stopped: Redis",
}


class BedReader:
    """Reads all beds. It stores when each status last changed, because a worker's clock and ours may differ.

    Parameters
    ----------
    store : LiveStore
    history : HistoryStore
    monotonic_s, unix_s : callable
        Clocks. The first measures ages, the second is compared with acquisition times. The second is the wall clock,
        so that ECG is not shown as live if this clock or a worker's time (:mod:`wardbeat.clock`) makes it old.
    delayed_after_s : float
        ECG older than this is not shown as live.
    """

    def __init__(
        self,
        store: LiveStore,
        history: HistoryStore,
        monotonic_s: Callable[[], float] = time.monotonic,
        unix_s: Callable[[], float] = time.time,
        *,
        delayed_after_s: float = DELAYED_AFTER_S,
    ) -> None:
        self._store = store
        self._history = history
        self._monotonic_s = monotonic_s
        self._unix_s = unix_s
        self._delayed_after_s = delayed_after_s
        self._newest: dict[str, tuple[Status, float]] = {}
        self._ended: set[str] = set()
        self._late_s: dict[str, float] = {}
        """The time of the last delay of each stream."""

    async def read(self) -> WardView:
        """The current state of all beds, sorted by name."""
        streams = await self._store.streams()
        statuses = await self._store.statuses(streams) if streams else {}
        workers = await self._store.workers()
        last_seen = {one.stream_id: one for one in await self._store.last_seen(streams)}
        self._ended = {stream for stream, one in last_seen.items() if has_ended(one)}
        now_s = self._monotonic_s()
        self._newest = {stream: self._newest[stream] for stream in streams if stream in self._newest}
        self._late_s = {stream: self._late_s[stream] for stream in streams if stream in self._late_s}
        for stream, status in statuses.items():
            before = self._newest.get(stream)
            if before is None or _position(before[0]) != _position(status):
                self._newest[stream] = (status, now_s)
        beds = [self._bed(stream, workers, last_seen.get(stream), now_s) for stream in streams]
        side = ward_side(beds)
        gap = await self._history.gap()
        return WardView(
            problem=None if side is None else PROBLEMS[side],
            side=side,
            beds=sorted(beds, key=lambda bed: natural_key(bed.stream_id)),
            history_gap=gap and HistoryGapView(from_ms=gap.from_ms, to_ms=gap.to_ms),
        )

    def without_redis(self) -> WardView:
        """The same beds while Redis does not answer: no bed is monitored."""
        beds = [
            _not_monitored(stream, status, STOPPED["redis"], None, lost=None if stream in self._ended else "redis")
            for stream, (status, _) in self._newest.items()
        ]
        beds.sort(key=lambda bed: natural_key(bed.stream_id))
        return WardView(problem=PROBLEMS["redis"], side="redis", beds=beds)

    def _bed(self, stream: str, workers: Sequence[WorkerHealth], last_seen: LastSeen | None, now_s: float) -> BedView:
        side = failed_side(workers, None if last_seen is None else last_seen.partition)
        if stream not in self._newest:
            lost = None if stream in self._ended else side or "bed"
            return BedView(stream_id=stream, monitored=False, reason=_reason(lost), lost=lost)
        status, changed_s = self._newest[stream]
        age_s = now_s - changed_s
        waited_s = max((worker.waited_s for worker in workers), default=0.0)
        if gone := self._gone(stream, side, age_s, is_alone=not workers, waits=waited_s > self._delayed_after_s):
            lost = None if stream in self._ended else gone
            return _not_monitored(stream, status, _reason(lost), age_s, lost=lost)
        delay_s = max(status.lag_s + age_s, self._unix_s() - status.acquired_ns / 1e9)
        if self._is_delayed(stream, delay_s, now_s) or status.state == "delayed":
            late: Side | None = None
            if delay_s > SILENT_S and stream not in self._ended:
                late = "worker" if waited_s > self._delayed_after_s else "bed"
            return _not_monitored(stream, status, f"{DELAYED} {delay_s:.0f} s", age_s, delay_s, lost=late)
        return BedView(
            stream_id=stream,
            monitored=True,
            age_s=age_s,
            origin=status.origin,
            session_id=status.session_id,
            state=status.state,
            hr_bpm=None if status.state == "no_signal" else status.hr_bpm,
            hr_low_bpm=status.hr_low_bpm,
            hr_high_bpm=status.hr_high_bpm,
            suggested_bpm=status.suggested_bpm,
            quality=status.quality,
            lead_quality=status.lead_quality,
            sig_name=status.sig_name,
            left_out=status.left_out,
            verdict=status.window and status.window.verdict,
            verdict_ms=status.window and status.window.acquired_ns // 1_000_000,
        )

    def _gone(self, stream: str, side: Side | None, age_s: float, *, is_alone: bool, waits: bool) -> Side | None:
        """The side by which the newest status of a bed is the last one; None if the next one may come.

        ``is_alone`` is whether no worker is alive, ``waits`` whether ECG waits at a worker.
        """
        if side == "worker" and (is_alone or age_s > HANDOVER_S):
            return "worker"
        if side == "kafka" and age_s > KAFKA_QUIET_S:
            return "kafka"
        return "bed" if age_s > SILENT_S and (not waits or stream in self._ended) else None

    def _is_delayed(self, stream: str, delay_s: float, now_s: float) -> bool:
        if delay_s > self._delayed_after_s:
            self._late_s[stream] = now_s
        elif now_s - self._late_s.get(stream, -HOLD_S) >= HOLD_S:
            self._late_s.pop(stream, None)
        return stream in self._late_s


def natural_key(stream_id: str) -> list[tuple[int, str]]:
    """A sort key that puts ``bed-2`` before ``bed-10``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", stream_id)]


def _position(status: Status) -> tuple[str, int]:
    return status.session_id, status.sample


def _reason(lost: Side | None) -> str:
    """Why a bed has no status; None: its recording has ended."""
    return ENDED if lost is None else STOPPED.get(lost, NO_DATA)


def _not_monitored(
    stream: str,
    status: Status,
    reason: str,
    age_s: float | None,
    delayed_s: float | None = None,
    *,
    lost: Side | None,
) -> BedView:
    # The origin and the limits do not become old, so they are shown.
    return BedView(
        stream_id=stream,
        monitored=False,
        reason=reason,
        lost=lost,
        age_s=age_s,
        delayed_s=delayed_s,
        origin=status.origin,
        hr_low_bpm=status.hr_low_bpm,
        hr_high_bpm=status.hr_high_bpm,
        suggested_bpm=status.suggested_bpm,
        sig_name=status.sig_name,
        left_out=status.left_out,
    )
