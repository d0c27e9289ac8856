"""Adds the settings of staff to the state of each bed: admission, standby, audio pause, switched-off alerts."""

from collections.abc import Callable

from redis.asyncio import Redis

from dashboard.views import BedView, PauseView, WardView, off_view, pause_view
from wardbeat.care import admissions
from wardbeat.care.audio_pause import AudioPause, in_force
from wardbeat.clock import unix_ns
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.escalation_store import EscalationStore

_NS_PER_MS = 1_000_000


class BedsideReader:
    """Reads the settings of staff. It reads all beds again only if one has changed.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Closed by its owner.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._admissions = AdmissionStore(redis, clock_ns)
        self._pauses = AudioPauseStore(redis, clock_ns)
        self._escalations = EscalationStore(redis)
        self._clock_ns = clock_ns
        self._version = -1
        self._beds: dict[str, admissions.Bed] = {}
        self._paused: dict[str | None, AudioPause] = {}
        self._escalates = False

    async def read(self) -> None:
        """Read the changed settings from Redis."""
        version = await self._admissions.version()
        if version != self._version:
            self._beds = await self._admissions.beds()
            self._version = version
        self._paused = {pause.stream_id: pause for pause in await self._pauses.in_force()}
        self._escalates = await self._escalations.running()

    def add_to(self, ward: WardView) -> WardView:
        """The ward with the settings of the last read. They also hold while Redis is away."""
        beds = [self._with_settings(bed) for bed in ward.beds]
        return ward.model_copy(update={"beds": beds, "pause": self._pause(None), "escalates": self._escalates})

    def _with_settings(self, bed: BedView) -> BedView:
        now_ns = self._clock_ns()
        known = self._beds.get(bed.stream_id)
        settings = admissions.settings_of(known)
        standby = known.standby if known and admissions.on_standby(known, now_ns) else None
        return bed.model_copy(
            update={
                "admitted": settings.admission_id is not None,
                "paced": settings.paced,
                "known_af": settings.known_af,
                "standby_until_ms": standby.until_ns // _NS_PER_MS if standby else None,
                "standby_by": standby.by if standby else None,
                "pause": self._pause(bed.stream_id),
                "off": [off_view(off) for off in settings.off],
                "silenced": sorted(admissions.silenced(known, now_ns)),
            }
        )

    def _pause(self, stream_id: str | None) -> PauseView | None:
        pause = self._paused.get(stream_id)
        return pause_view(pause) if pause and in_force(pause, self._clock_ns()) else None
