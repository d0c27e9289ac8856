"""The live feed from Redis to every open browser: one subscription a process, one bounded outbox a WebSocket.

The protocol of ``/live``, for authors of another screen:

A page opens the WebSocket and sends what it shows, in JSON: ``{"look": null}`` for the whole ward, ``{"look":
["bed-1"]}`` for these streams with their beats. It may send a new message at any time. Every 2 s, and when its sound
is turned on or off, it sends ``{"screen": {"id", "sound", "shows", "name", "after"}}``
(:class:`dashboard.feed.frames.ScreenReport`): a page without this report does not count as a screen that listens. When
it is closed it sends ``{"closed": true}``; a page that reports nothing for 10 s and was not closed is shown as stopped.
The server sends

``{"type": "alerts", "alerts": [AlertView …]}``
    All open alerts. It is the first frame, and is sent again if the page may have missed a change.
``{"type": "alert", "alert": AlertView}``
    One new or changed alert. ``version`` grows; ignore an older version. The state "resolved" closes the alert.
``{"type": "ward", "unix_ms", "monotonic_ms", "problem", "side", "beds": [BedView …], "pause", "escalates",
"listening", "stopped",
"history_gap", "canary", "canary_bed"}``
    All beds, always twice a second. A page must show that no bed is monitored if it gets no such frame for 2.5 s, or if
    the frames arrive later and later by ``monotonic_ms``. ``problem`` is set while all beds are lost to one side of the
    system, and ``side`` names it; ``lost`` of a bed names the side that has failed for this bed.
``{"type": "beat", "stream_id", "session", "index", "symbol"}``
    One beat. ``index`` is a sample of the session at 250 Hz.
a binary frame, little-endian
    One strip: uint8 kind (1), uint8 version (1), uint8 leads, uint8 length of the stream id, uint16 samples a lead,
    2 unused bytes, uint32 session (CRC-32 of its id), float64 index of the first sample in the session at 250 Hz,
    float64 Unix time of that sample in ms, the stream id, one more byte if the id has an odd length, then int16
    microvolts, lead after lead. Do not draw -32768.

Alerts are sent before the ward, and the ward before waveforms. A browser that is too slow loses waveforms only. Acts go
through ``/api/v1``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.feed import frames
from dashboard.feed.beds import BedReader
from dashboard.feed.bedside import BedsideReader
from dashboard.feed.canary import CanaryFeed
from dashboard.feed.outbox import Outbox
from dashboard.feed.screens import ScreenBook
from dashboard.views import AlertView, WardView, alert_view, unix_ms
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.messages import Beat
from wardbeat.contracts.rules import STREAM_ID
from wardbeat.errors import CodecError
from wardbeat.settings import DELAYED_AFTER_S
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore, decode_live

POLL_S = 0.5
ANSWER_S = 1.5
"""A screen must show lost data within 5 s. A poll and this time leave 3 s of them."""
WATCH_S = 3.0
"""Three attempts within the life of a lease."""
RESYNC_S = 15.0
"""After this time an open alert is found that was missing in the lifecycle stream."""
BLOCK_MS = 1000
SEND_S = 10.0
"""A browser that accepts no frame for this time is disconnected."""
MAX_LOOK = 4096

_REDIS_AWAY = (RedisError, OSError, TimeoutError, msgspec.DecodeError)
"""The errors of a read while Redis is away, or if it holds data of a newer version."""
_BAD_MESSAGE = 1008

_log = structlog.get_logger(__name__)


class Live:
    """The current state of the ward, read from Redis, and the browsers that receive it.

    Parameters
    ----------
    redis : redis.asyncio.Redis
        Closed by its owner.
    delayed_after_s : float
        ECG older than this is not shown as live.
    canary : bool
        Whether the ward has a canary.
    """

    def __init__(self, redis: Redis, *, delayed_after_s: float = DELAYED_AFTER_S, canary: bool = False) -> None:
        self.ward = WardView(problem="Wardbeat's dashboard is starting", side="dashboard", beds=[])
        self.alerts: dict[str, AlertView] = {}
        self._redis = redis
        self._live_store = LiveStore(redis)
        self._alert_store = AlertStore(redis)
        self._beds = BedReader(self._live_store, HistoryStore(redis), delayed_after_s=delayed_after_s)
        self._bedside = BedsideReader(redis)
        self._screens = ScreenBook(redis)
        self._canary = CanaryFeed(self._live_store, on=canary)
        self._looks: dict[Outbox, frozenset[str] | None] = {}
        self._dropped_before = 0  # by browsers that are disconnected
        self._look_changed = asyncio.Event()

    async def run(self) -> None:
        """Follow Redis until cancelled. Any error ends it, except those of a Redis that is away."""
        loops = [
            asyncio.create_task(self._poll_beds()),
            asyncio.create_task(_repeat("alerts", self._follow_alerts)),
            asyncio.create_task(_repeat("waveforms", self._follow_waveforms)),
            asyncio.create_task(_repeat("watch leases", self._renew_watches)),
        ]
        try:
            ended, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for loop in ended:
                loop.result()
        finally:
            await _cancel(loops)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one browser until it disconnects."""
        await socket.accept()
        outbox = Outbox()
        outbox.put_ward(self._ward_frame())
        self._set_look(outbox, frozenset())
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(self._send(socket, outbox))
                await self._receive(socket, outbox)
                sender.cancel()
        except* (WebSocketDisconnect, TimeoutError, RuntimeError) as gone:
            _log.debug("browser disconnected", reason=repr(gone.exceptions[0]), dropped=outbox.dropped)
        finally:
            del self._looks[outbox]
            self._screens.disconnect(outbox)
            self._dropped_before += outbox.dropped

    @property
    def outboxes(self) -> list[Outbox]:
        """The outboxes of all open browsers."""
        return list(self._looks)

    @property
    def dropped(self) -> int:
        """The number of waveform frames that slow browsers have lost."""
        return self._dropped_before + sum(outbox.dropped for outbox in self.outboxes)

    # --- one browser

    async def _send(self, socket: WebSocket, outbox: Outbox) -> None:
        while True:
            frame = await outbox.take()
            if frame is False:
                frame = frames.alerts_frame(self.alerts.values())
            async with asyncio.timeout(SEND_S):
                await (socket.send_text(frame) if isinstance(frame, str) else socket.send_bytes(frame))
            await asyncio.sleep(0)  # sending rarely waits: let other tasks run, and the disconnection arrive

    async def _receive(self, socket: WebSocket, outbox: Outbox) -> None:
        while True:
            try:
                message = frames.decode_message(await socket.receive_text())
            except (msgspec.DecodeError, KeyError) as error:
                await socket.close(_BAD_MESSAGE, f"not a message of this protocol: {error}"[:120])
                return
            if message.screen is not msgspec.UNSET:
                self._screens.note(outbox, message.screen, socket.client.host if socket.client else "unknown")
            if message.closed:
                self._screens.close(outbox)
            look = message.look
            if look is msgspec.UNSET:
                continue
            if look is not None and not (len(look) <= MAX_LOOK and all(map(STREAM_ID.fullmatch, look))):
                await socket.close(_BAD_MESSAGE, "look must be null or a list of stream ids")
                return
            self._set_look(outbox, None if look is None else frozenset(look))

    def _set_look(self, outbox: Outbox, streams: frozenset[str] | None) -> None:
        self._looks[outbox] = streams
        self._look_changed.set()

    # --- from Redis

    async def _poll_beds(self) -> None:
        away = False
        while True:
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._bedside.read()
                    await self._screens.exchange()
                    await self._canary.read()
                    self.ward = self._with_settings(await self._beds.read())
                if away:
                    _log.info("Redis answers again")
                away = False
            except _REDIS_AWAY as error:
                if not away:
                    _log.warning("Redis does not answer: no bed is shown as monitored", error=str(error))
                away = True
                self.ward = self._with_settings(self._beds.without_redis())
            frame = self._ward_frame()
            for outbox in self._looks:
                outbox.put_ward(frame)
            await asyncio.sleep(POLL_S)

    def _with_settings(self, ward: WardView) -> WardView:
        return self._canary.add_to(self._screens.add_to(self._bedside.add_to(ward)))

    async def _follow_alerts(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            position = await self._alert_store.last_change()
            records = await self._alert_store.open_alerts()
        open_alerts = {record.alert.alert_id: alert_view(record) for record in records}
        if open_alerts != self.alerts:
            self.alerts = open_alerts
            for outbox in self._looks:
                outbox.put_resync()
        await self._canary.note(records)
        until_s = time.monotonic() + RESYNC_S
        while time.monotonic() < until_s:
            async with asyncio.timeout(ANSWER_S + BLOCK_MS / 1000):
                changes = await self._alert_store.changes(position, BLOCK_MS)
            for _, record in changes:
                self._apply_change(record)
            await self._canary.note(record for _, record in changes)
            position = changes[-1][0] if changes else position

    def _apply_change(self, record: AlertRecord) -> None:
        alert = alert_view(record)
        known = self.alerts.get(alert.alert_id)
        if known is not None and known.version >= alert.version:
            return
        if alert.state == "resolved":
            self.alerts.pop(alert.alert_id, None)
        else:
            self.alerts[alert.alert_id] = alert
        frame = frames.alert_frame(alert)
        for outbox in self._looks:
            outbox.put_alert(alert.alert_id, frame)

    async def _follow_waveforms(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(redis_keys.LIVE_PATTERN)
            while True:
                message = await subscription.get_message(timeout=BLOCK_MS / 1000)
                if message is not None and self._looks:
                    self._fan_out(message["data"])

    def _fan_out(self, data: bytes) -> None:
        try:
            message = decode_live(data)
        except CodecError as error:
            _log.warning("live message ignored", error=str(error))
            return
        if isinstance(message, Beat):
            frame: str | bytes = frames.beat_frame(message)
            for outbox, look in self._looks.items():
                if look is not None and message.stream_id in look:
                    outbox.put_wave(frame)
            return
        frame = frames.strip_frame(message)
        for outbox, look in self._looks.items():
            if look is None or message.stream_id in look:
                outbox.put_wave(frame)

    async def _renew_watches(self) -> None:
        while True:
            streams = self._watched_streams()
            if streams:
                async with asyncio.timeout(ANSWER_S):
                    await self._live_store.watch(streams)
            self._look_changed.clear()
            try:
                async with asyncio.timeout(WATCH_S):
                    await self._look_changed.wait()
            except TimeoutError:
                continue

    def _watched_streams(self) -> set[str]:
        """The known streams that a browser shows. A page can't lease an unknown stream."""
        known = {bed.stream_id for bed in self.ward.beds}
        if self.ward.canary_bed is not None:
            known.add(self.ward.canary_bed.stream_id)
        if None in self._looks.values():
            return known
        return known & {stream for look in self._looks.values() if look is not None for stream in look}

    def _ward_frame(self) -> str:
        return frames.ward_frame(self.ward, unix_ms(), time.monotonic_ns() // 1_000_000)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks until they end. `asyncio.wait_for` of Python 3.11, which redis-py uses, may ignore a cancel."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=0.1)


async def _repeat(what: str, follow: Callable[[], Awaitable[None]]) -> None:
    """Run ``follow`` in a loop; continue after Redis was away."""
    away = False
    while True:
        try:
            await follow()
            away = False
        except _REDIS_AWAY as error:
            if not away:
                _log.warning("Redis does not answer; trying again", what=what, error=str(error))
            away = True
            await asyncio.sleep(POLL_S)
