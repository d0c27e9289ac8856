"""Decides whether each bed is monitored, delayed, or NOT MONITORED with a reason.

A status is never shown as live if it is late, if it stops changing, or if no worker is alive.
"""

import re
import time
from collections.abc import Callable

from dashboard.views import BedView, HistoryGapView, WardView
from wardbeat.contracts.messages import Status
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore

SILENT_S = 5.0
"""A status comes every second. After this time a worker also raises an alert
(``processors.worker.silence.NO_DATA_AFTER_S``)."""
HOLD_S = 2.0
"""A delay ends after 2 s, or two statuses, without one, so that a tile at the limit does not change at every poll."""

NO_DATA = "No data from the bed"
STOPPED = "Monitoring stopped"
DELAYED = "Delayed by"
STORE_AWAY = "Wardbeat's data store (Redis) does not answer. No bed is monitored on this screen. Look at the patients."


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
        self._late_s: dict[str, float] = {}
        """The time of the last delay of each stream."""

    async def read(self) -> WardView:
        """The current state of all beds, sorted by name."""
        streams = await self._store.streams()
        statuses = await self._store.statuses(streams) if streams else {}
        workers = await self._store.workers()
        waited_s = max((worker.waited_s for worker in workers), default=None)
        now_s = self._monotonic_s()
        self._newest = {stream: self._newest[stream] for stream in streams if stream in self._newest}
        self._late_s = {stream: self._late_s[stream] for stream in streams if stream in self._late_s}
        for stream, status in statuses.items():
            before = self._newest.get(stream)
            if before is None or _position(before[0]) != _position(status):
                self._newest[stream] = (status, now_s)
        beds = [self._bed(stream, waited_s, now_s) for stream in streams]
        gap = await self._history.gap()
        return WardView(
            problem=None,
            beds=sorted(beds, key=lambda bed: natural_key(bed.stream_id)),
            history_gap=gap and HistoryGapView(from_ms=gap.from_ms, to_ms=gap.to_ms),
        )

    def without_redis(self) -> WardView:
        """The same beds while Redis does not answer: no bed is monitored."""
        beds = [_not_monitored(stream, status, STOPPED, None) for stream, (status, _) in self._newest.items()]
        return WardView(problem=STORE_AWAY, beds=sorted(beds, key=lambda bed: natural_key(bed.stream_id)))

    def _bed(self, stream: str, waited_s: float | None, now_s: float) -> BedView:
        """The state of a bed. ``waited_s`` is the age of the oldest ECG waiting at a worker; None without workers."""
        if stream not in self._newest:
            return BedView(stream_id=stream, monitored=False, reason=STOPPED if waited_s is None else NO_DATA)
        status, changed_s = self._newest[stream]
        age_s = now_s - changed_s
        if waited_s is None:
            return _not_monitored(stream, status, STOPPED, age_s)
        if age_s > SILENT_S and waited_s <= self._delayed_after_s:
            return _not_monitored(stream, status, NO_DATA, age_s)
        delay_s = max(status.lag_s + age_s, self._unix_s() - status.acquired_ns / 1e9)
        if self._is_delayed(stream, delay_s, now_s) or status.state == "delayed":
            return _not_monitored(stream, status, f"{DELAYED} {delay_s:.0f} s", age_s, delay_s)
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


def _not_monitored(
    stream: str, status: Status, reason: str, age_s: float | None, delayed_s: float | None = None
) -> BedView:
    # The origin and the limits do not become old, so they are shown.
    return BedView(
        stream_id=stream,
        monitored=False,
        reason=reason,
        age_s=age_s,
        delayed_s=delayed_s,
        origin=status.origin,
        hr_low_bpm=status.hr_low_bpm,
        hr_high_bpm=status.hr_high_bpm,
        suggested_bpm=status.suggested_bpm,
        sig_name=status.sig_name,
        left_out=status.left_out,
    )
