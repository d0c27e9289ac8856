"""The dashboard's process: Dash's pages, the API, the WebSocket, and what keeps them fed."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from dash import Dash, html
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.websockets import WebSocket

from dashboard.api import (
    acts as api_acts,
)
from dashboard.api import (
    beds as api_beds,
)
from dashboard.api import (
    escalation as api_escalation,
)
from dashboard.api import (
    off as api_off,
)
from dashboard.api import (
    router as api,
)
from dashboard.feed.live import Live
from dashboard.guard import Guard
from dashboard.metrics import show_dashboard
from dashboard.pages import patient, ward
from wardbeat import __version__
from wardbeat.errors import SettingsError
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audio_pause_store import AudioPauseStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.escalation_store import EscalationStore
from wardbeat.store.redis_client import connect

ASSETS = Path(__file__).parent / "assets"
MAX_MESSAGE_BYTES = 512 * 1024
"""What a browser may send at once: a list of streams to look at."""
SHUTDOWN_S = 1

# Scripts are modules that import each other by name, so Dash must not load each by itself; and the style sheets that
# it finds by itself are missing from its first page if that is a patient's.
_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/base.css">
    <link rel="stylesheet" href="/assets/ward.css">
    <link rel="stylesheet" href="/assets/patient.css">
    {%css%}
    <script type="module" src="/assets/main.js"></script>
  </head>
  <body>
    <noscript>NOT MONITORED. This page needs JavaScript.</noscript>
    {%app_entry%}
    {%config%}
    {%scripts%}
    {%renderer%}
  </body>
</html>"""


def create_app(redis: Redis, live: Live, settings: Settings) -> FastAPI:
    """The whole web application around a Redis client and the live feed, both run by the caller."""
    # FastAPI's own documentation pages load scripts from elsewhere; the description itself stays.
    app = FastAPI(
        title="Wardbeat", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    store = AlertStore(redis, sounds_again_s=settings.sounds_again_s)
    for error, handler in api.ERROR_HANDLERS.items():
        app.add_exception_handler(error, handler)
    app.include_router(api.health_router(redis))
    admissions = AdmissionStore(redis)
    for routes in (
        api.router(live, store),
        api_acts.alert_routes(store, AuditLog(redis)),
        api_acts.sound_routes(AudioPauseStore(redis, longest_s=settings.longest_pause_s)),
        api_beds.router(admissions),
        api_off.router(admissions),
        api_escalation.router(EscalationStore(redis)),
        api.nothing_else(),
    ):
        app.include_router(routes)

    @app.websocket("/live")
    async def live_socket(websocket: WebSocket) -> None:
        await live.serve(websocket)

    dash = Dash(
        __name__,
        server=app,  # type: ignore[arg-type]  # its types know of Flask only
        backend="fastapi",
        assets_folder=str(ASSETS),
        include_assets_files=False,
        index_string=_INDEX,
        title="Wardbeat",
        update_title="",
        serve_locally=True,
        add_log_handler=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    # We register no callback that uses it, and then every page would keep a second WebSocket for nothing.
    dash.backend.websocket_capability = False
    parts = [html.Header(id="bar"), html.Div(id="banners"), ward.layout(), patient.layout()]
    dash.layout = html.Div(parts, id="wardbeat")
    patient.register(dash, store)
    app.add_middleware(Guard, hosts=settings.dashboard_hosts, script_hashes=dash.csp_hashes())
    return app


async def serve(
    settings: Settings, host: str, port: int, announce: Callable[[str], None], instruments: Instruments
) -> None:
    """Serve until a signal ends it; ``announce`` gets the address once pages are served.

    Raises
    ------
    SettingsError
        If the address can't be listened on.
    """
    listener = listen(host, port)
    address = f"http://{host}:{listener.getsockname()[1]}/"
    async with connect(settings.redis_address) as redis:
        live = Live(redis, delayed_after_s=settings.delayed_after_s)
        app = create_app(redis, live, settings)
        config = uvicorn.Config(
            app,
            log_config=None,  # its lines go where all others go
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_ping_interval=5.0,
            ws_ping_timeout=5.0,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        server = _AnnouncingServer(config, lambda: announce(address))
        show_dashboard(instruments, live)
        turning = asyncio.create_task(instruments.probes.keep_turning())
        feed = asyncio.create_task(live.run())
        # If the feed ends by an error, the process does: a page that is served but not fed is worse than none.
        feed.add_done_callback(lambda _: setattr(server, "should_exit", True))
        try:
            await server.serve(sockets=[listener])
        finally:
            listener.close()
            turning.cancel()
            feed.cancel()
            await asyncio.wait([feed])
        if not feed.cancelled():
            feed.result()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that the port is known, or refused, before anything else happens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"dashboard address {host}:{port}: {error.strerror or error}; choose another with --host and --port"
        ) from error
    return listener


class _AnnouncingServer(uvicorn.Server):
    """Tells when it serves, and takes a signal as the wish to end: it ends well, with exit code 0."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, which raises the signal again once all is done, so that every end looks like a failure."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
