"""Finds out whether the ward is monitored and heard: raises and ends the alerts on the system itself.

It runs with the escalation, because the worker, the dashboard and the screens are what may fail.
"""

from collections.abc import Callable
from typing import Final

from wardbeat.care.system_alerts import SystemCondition, changes
from wardbeat.contracts.alert_codes import SYSTEM
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LastSeen, LiveStore
from wardbeat.store.screen_store import Screens, ScreenStore

NO_LISTENER_AFTER_S: Final = 10.0
"""A page that is loaded again has its sound back within this time, after one click."""
NOT_MONITORED_AFTER_S: Final = 5.0
"""As long as for a silent bed. Screens show and sound it by themselves earlier."""
_NS_PER_S: Final = 1_000_000_000
_PATIENTS: Final = frozenset({"live", "replay", "synthetic"})
"""The origins of beds that somebody must watch."""


class SystemWatch:
    """Watches the workers and the screens.

    Parameters
    ----------
    alerts : AlertStore
    live : LiveStore
    screens : ScreenStore
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, alerts: AlertStore, live: LiveStore, screens: ScreenStore, clock_ns: Callable[[], int]) -> None:
        self._alerts = alerts
        self._live = live
        self._screens = screens
        self._clock_ns = clock_ns
        self._since_ns: dict[str, int] = {}

    async def update(self) -> list[str]:
        """Raise and end alerts; the ids of those that must be escalated immediately, because no screen sounds.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        await self._dismiss_acknowledged()
        conditions = await self._conditions()
        open_alerts = [record.alert for record in await self._alerts.open_of(SYSTEM)]
        urgent = []
        for alert in changes(conditions, open_alerts, self._clock_ns()):
            is_new = await self._alerts.take(alert)
            if is_new and alert.code == "no_listener":
                urgent.append(alert.alert_id)
        return urgent

    async def _conditions(self) -> list[SystemCondition]:
        screens = await self._screens.read()
        conditions = [SystemCondition("screen_stopped", one.screen_id, one.words) for one in screens.stopped]
        if not await self._has_beds():
            self._since_ns.clear()
            return conditions
        side = await self._failed_side()
        if self._lasts("not_monitored", NOT_MONITORED_AFTER_S, holds=side is not None) and side is not None:
            conditions.append(SystemCondition("not_monitored", side, side))
        if self._lasts("no_listener", NO_LISTENER_AFTER_S, holds=not screens.listening):
            conditions.append(SystemCondition("no_listener", "screens", _screens_in_words(screens)))
        return conditions

    async def _has_beds(self) -> bool:
        """Whether there is a bed that somebody must watch: not only recordings that have ended."""
        return any(map(_is_patient, await self._live.last_seen(await self._live.streams())))

    async def _failed_side(self) -> str | None:
        workers = await self._live.workers()
        if not workers:
            return "the worker has stopped"
        return "Kafka does not answer" if all(worker.kafka_problem for worker in workers) else None

    def _lasts(self, code: str, after_s: float, *, holds: bool) -> bool:
        """Whether a condition has held for ``after_s``."""
        if not holds:
            self._since_ns.pop(code, None)
            return False
        now_ns = self._clock_ns()
        return now_ns - self._since_ns.setdefault(code, now_ns) >= after_s * _NS_PER_S

    async def _dismiss_acknowledged(self) -> None:
        """Remove the stopped screens that staff have acknowledged: they know that these are off."""
        for record in await self._alerts.open_of(SYSTEM):
            if record.alert.code == "screen_stopped" and record.acknowledged_by is not None:
                await self._screens.remove(record.alert.session_id)


def _is_patient(last_seen: LastSeen) -> bool:
    if last_seen.origin not in _PATIENTS:
        return False
    return last_seen.origin == "live" or not last_seen.final


def _screens_in_words(screens: Screens) -> str:
    n = len(screens.alive)
    return f"{n} open {'screen' if n == 1 else 'screens'}, none with sound"
