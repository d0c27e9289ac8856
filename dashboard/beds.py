"""What may be shown of every bed now: fresh, or NOT MONITORED with the reason.

A status that has expired, that does not change any more, that is late, or that no living worker stands behind is
never shown as live.
"""

import re
import time
from collections.abc import Callable

from dashboard.views import Bed, Ward
from wardbeat.live import LiveStore
from wardbeat.messages import Status

STALE_S = 3.0
"""A status comes every second; one that has not changed for three is as good as expired."""
LATE_S = 5.0
"""Older ECG than this is history, whatever is still being done with it."""

NO_DATA = "No data from the bed"
STOPPED = "Monitoring stopped"
DELAYED = "Analysis delayed"
STORE_AWAY = "Wardbeat's data store (Redis) does not answer. No bed is monitored on this screen. Look at the patients."


class BedReader:
    """Reads all beds; remembers when each status last changed, as a worker's clock and ours may differ.

    Parameters
    ----------
    store : LiveStore
    monotonic_s, unix_s : callable
        Clocks; the first measures ages, the second compares with acquisition times.
    """

    def __init__(
        self,
        store: LiveStore,
        monotonic_s: Callable[[], float] = time.monotonic,
        unix_s: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._monotonic_s = monotonic_s
        self._unix_s = unix_s
        self._newest: dict[str, tuple[Status, float]] = {}

    async def read(self) -> Ward:
        """All beds as they may be shown now, in the order of their names."""
        streams = await self._store.streams()
        statuses = await self._store.statuses(streams) if streams else {}
        working = bool(await self._store.workers())
        now_s = self._monotonic_s()
        self._newest = {stream: self._newest[stream] for stream in streams if stream in self._newest}
        for stream, status in statuses.items():
            before = self._newest.get(stream)
            if before is None or _position(before[0]) != _position(status):
                self._newest[stream] = (status, now_s)
        beds = [self._bed(stream, expired=stream not in statuses, working=working, now_s=now_s) for stream in streams]
        return Ward(problem=None, beds=sorted(beds, key=lambda bed: natural_key(bed.stream_id)))

    def lost(self) -> Ward:
        """The same beds while Redis does not answer: none is monitored."""
        beds = [_not_monitored(stream, status, STOPPED, None) for stream, (status, _) in self._newest.items()]
        return Ward(problem=STORE_AWAY, beds=sorted(beds, key=lambda bed: natural_key(bed.stream_id)))

    def _bed(self, stream: str, *, expired: bool, working: bool, now_s: float) -> Bed:
        if stream not in self._newest:
            return Bed(stream_id=stream, monitored=False, reason=NO_DATA if working else STOPPED)
        status, changed_s = self._newest[stream]
        age_s = now_s - changed_s
        late_s = self._unix_s() - status.acquired_ns / 1e9
        if not working:
            return _not_monitored(stream, status, STOPPED, age_s)
        if expired or age_s > STALE_S:
            return _not_monitored(stream, status, NO_DATA, age_s)
        if late_s > LATE_S:
            return _not_monitored(stream, status, f"Data come {late_s:.0f} s late", age_s)
        if status.state == "delayed":
            return _not_monitored(stream, status, DELAYED, age_s)
        return Bed(
            stream_id=stream,
            monitored=True,
            age_s=age_s,
            origin=status.origin,
            session_id=status.session_id,
            state=status.state,
            hr_bpm=None if status.state == "no_signal" else status.hr_bpm,
            hr_low_bpm=status.hr_low_bpm,
            hr_high_bpm=status.hr_high_bpm,
            quality=status.quality,
            lead_quality=status.lead_quality,
            sig_name=status.sig_name,
        )


def natural_key(stream_id: str) -> list[tuple[int, str]]:
    """Sorts ``bed-2`` before ``bed-10``."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", stream_id)]


def _position(status: Status) -> tuple[str, int]:
    return status.session_id, status.sample


def _not_monitored(stream: str, status: Status, reason: str, age_s: float | None) -> Bed:
    # What does not change with time may still be shown: where the signal comes from, and the limits.
    return Bed(
        stream_id=stream,
        monitored=False,
        reason=reason,
        age_s=age_s,
        origin=status.origin,
        hr_low_bpm=status.hr_low_bpm,
        hr_high_bpm=status.hr_high_bpm,
        sig_name=status.sig_name,
    )
