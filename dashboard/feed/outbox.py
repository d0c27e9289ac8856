"""A bounded queue of frames for one browser. A slow browser loses waveforms first, and never an alert."""

import asyncio
from collections import deque
from typing import Literal

MAX_WAVES = 1024
"""4 s of 128 beds, about 600 kB."""
MAX_ALERTS = 256
"""With more changes the full list is shorter."""

Frame = str | bytes | Literal[False]
"""Text, bytes, or False: send the full list of open alerts."""


class Outbox:
    """Holds the latest ward, the newest change of each alert, and as many waveforms as there is room for.

    Alerts are sent before the ward, and the ward before waveforms. ``dropped`` counts the lost waveform frames.
    """

    def __init__(self, max_waves: int = MAX_WAVES, max_alerts: int = MAX_ALERTS) -> None:
        self.dropped = 0
        self._max_alerts = max_alerts
        self._resync = True
        self._alerts: dict[str, str] = {}
        self._ward: str | None = None
        self._waves: deque[str | bytes] = deque(maxlen=max_waves)
        self._filled = asyncio.Event()

    @property
    def waiting(self) -> int:
        """The number of waiting waveform frames."""
        return len(self._waves)

    def put_resync(self) -> None:
        """Send the full list of open alerts in place of the waiting changes."""
        self._resync = True
        self._alerts.clear()
        self._filled.set()

    def put_alert(self, alert_id: str, frame: str) -> None:
        """Add a change of an alert. It replaces an older change that waits."""
        if self._resync:
            return  # the list will contain it
        self._alerts.pop(alert_id, None)
        if len(self._alerts) >= self._max_alerts:
            self.put_resync()
            return
        self._alerts[alert_id] = frame
        self._filled.set()

    def put_ward(self, frame: str) -> None:
        """Replace the waiting ward."""
        self._ward = frame
        self._filled.set()

    def put_wave(self, frame: str | bytes) -> None:
        """Add a waveform or a beat. If the queue is full, the oldest one is lost."""
        self.dropped += len(self._waves) == self._waves.maxlen
        self._waves.append(frame)
        self._filled.set()

    async def take(self) -> Frame:
        """Wait for the next frame and remove it."""
        while True:
            frame = self._next()
            if frame is not None:
                return frame
            self._filled.clear()
            await self._filled.wait()

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
