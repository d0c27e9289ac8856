"""What one browser still has to be sent, bounded: a slow one loses waveform first, and no alert ever."""

import asyncio
from collections import deque
from typing import Literal

MAX_WAVES = 1024
"""Four seconds of 128 beds; about 600 kB."""
MAX_ALERTS = 256
"""Beyond that the whole list is shorter."""

Frame = str | bytes | Literal[False]
"""Text, bytes, or False: the full list of open alerts is due."""


class Outbox:
    """Latest ward, every alert's newest change, waveforms as far as there is room; sent in another order.

    Alerts go before the ward and the ward before waveforms. ``dropped`` counts the waveform frames that were lost.
    """

    def __init__(self, max_waves: int = MAX_WAVES, max_alerts: int = MAX_ALERTS) -> None:
        self.dropped = 0
        self._max_alerts = max_alerts
        self._resync = True
        self._alerts: dict[str, str] = {}
        self._ward: str | None = None
        self._waves: deque[str | bytes] = deque(maxlen=max_waves)
        self._something = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Waveform frames that wait."""
        return len(self._waves)

    def put_resync(self) -> None:
        """The full list replaces the changes that still wait."""
        self._resync = True
        self._alerts.clear()
        self._something.set()

    def put_alert(self, alert_id: str, frame: str) -> None:
        if self._resync:
            return  # the list will hold it
        self._alerts.pop(alert_id, None)
        if len(self._alerts) >= self._max_alerts:
            self.put_resync()
            return
        self._alerts[alert_id] = frame
        self._something.set()

    def put_ward(self, frame: str) -> None:
        self._ward = frame
        self._something.set()

    def put_wave(self, frame: str | bytes) -> None:
        self.dropped += len(self._waves) == self._waves.maxlen
        self._waves.append(frame)
        self._something.set()

    async def take(self) -> Frame:
        """The next frame, as soon as there is one."""
        while True:
            frame = self._next()
            if frame is not None:
                return frame
            self._something.clear()
            await self._something.wait()

    def _next(self) -> Frame | None:
        if self._resync:
            self._resync = False
            return False
        if self._alerts:
            return self._alerts.pop(next(iter(self._alerts)))
        if self._ward is not None:
            frame, self._ward = self._ward, None
            return frame
        return self._waves.popleft() if self._waves else None
