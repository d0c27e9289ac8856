"""The screens that this dashboard serves, and all screens of the ward as Redis knows them."""

from collections.abc import Callable, Hashable

from redis.asyncio import Redis

from dashboard.feed.frames import ScreenReport
from dashboard.views import WardView, screen_view
from wardbeat.clock import unix_ns
from wardbeat.contracts import rules
from wardbeat.store.screen_store import Screen, Screens, ScreenStore


class ScreenBook:
    """Notes the reports of screens, writes them to Redis, and reads those of all dashboards.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Closed by its owner.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, redis: Redis, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._store = ScreenStore(redis)
        self._clock_ns = clock_ns
        self._of: dict[Hashable, Screen] = {}
        self._unwritten: dict[str, Screen] = {}
        self._closed: set[str] = set()
        self._screens = Screens([], [])

    def note(self, socket: Hashable, report: ScreenReport, address: str) -> None:
        """Note the report of the page behind a socket. A page keeps its first id, so that it is one screen."""
        now_ns = self._clock_ns()
        known = self._of.get(socket)
        screen_id = report.id if known is None else known.screen_id
        if report.after is not None and report.after != screen_id:
            self._close(report.after)
        screen = Screen(
            screen_id, words_of(report, address), report.sound, now_ns if known is None else known.opened_ns, now_ns
        )
        self._of[socket] = self._unwritten[screen_id] = screen
        self._closed.discard(screen_id)

    def close(self, socket: Hashable) -> None:
        """The page behind a socket is closed: its screen has not stopped."""
        if (screen := self._of.pop(socket, None)) is not None:
            self._close(screen.screen_id)

    def disconnect(self, socket: Hashable) -> None:
        """The socket is gone. Without a report from a new socket the screen counts as stopped."""
        self._of.pop(socket, None)

    async def exchange(self) -> None:
        """Write what was reported since the last call, and read all screens.

        Raises
        ------
        RedisError
            If Redis is away. The reports are written by the next call.
        """
        for screen_id in list(self._closed):
            await self._store.remove(screen_id)
            self._closed.discard(screen_id)
        written = dict(self._unwritten)
        await self._store.show(written.values())
        self._unwritten = {one: screen for one, screen in self._unwritten.items() if written.get(one) is not screen}
        self._screens = await self._store.read()

    def add_to(self, ward: WardView) -> WardView:
        """The ward with the screens of the last read."""
        stopped = [screen_view(screen) for screen in self._screens.stopped]
        return ward.model_copy(update={"listening": self._screens.listening, "stopped": stopped})

    def _close(self, screen_id: str) -> None:
        self._unwritten.pop(screen_id, None)
        self._closed.add(screen_id)


def words_of(report: ScreenReport, address: str) -> str:
    """How staff know a screen: by its name if it has one, else by its address, and by what it shows."""
    name = report.name.strip() if report.name and rules.printable(report.name) else ""
    shows = report.shows if report.shows and rules.STREAM_ID.fullmatch(report.shows) else "ward"
    return f"{name or address} ({shows})"
