"""The web application of the dashboard, and its process.

Served are:

- ``/`` and ``/patient/BED``: the pages of :mod:`dashboard.pages`, with the scripts and styles of ``dashboard/assets``
- ``/study``: the upload page of :mod:`dashboard.pages.study`, an application of its own
- ``/live``: the WebSocket of :mod:`dashboard.feed.live`, which sends beds, alerts and waveforms
- ``/api/v1``: acts, settings and the audit, from :mod:`dashboard.api`
- ``/healthz``: whether Redis answers, for a supervisor of processes

:mod:`wardbeat.web.guard` checks every request before all of these.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from dash import Dash, html
from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.websockets import WebSocket

from dashboard.api.acts import alert_routes, sound_routes
from dashboard.api.beds import bed_routes
from dashboard.api.escalation import escalation_routes
from dashboard.api.off import alert_off_routes
from dashboard.api.router import ERROR_HANDLERS, health_routes, unknown_path_routes, ward_routes
from dashboard.api.screens import screen_routes
from dashboard.api.ward_defaults import ward_defaults_routes
from dashboard.api.windows import window_routes
from dashboard.classify_client import ClassifyClient
from dashboard.feed.live import Live
from dashboard.metrics import show_dashboard
from dashboard.pages import patient, ward
from dashboard.pages.study.app import UPLOADS, StudyApp
from dashboard.pages.study.page import MAX_UPLOAD_BYTES
from dashboard.upload_limit import UploadLimit
from wardbeat import __version__
from wardbeat.observability.instruments import Instruments
from wardbeat.settings import Settings
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.beds.bed_names import BedNames
from wardbeat.store.beds.bed_removal import BedRemoval
from wardbeat.store.escalation_store import EscalationStore
from wardbeat.store.live_store import LiveStore
from wardbeat.store.redis_client import connect
from wardbeat.store.screen_store import ScreenStore
from wardbeat.web.guard import Guard
from wardbeat.web.server import AnnouncingServer, listen, server_config

ASSETS = Path(__file__).parent / "assets"
MAX_MESSAGE_BYTES = 512 * 1024
"""The largest message of a browser: a list of streams."""

# The scripts are modules that import each other, so Dash must not load each of them. The style sheets are listed here,
# because Dash leaves them out if the first page is a patient's.
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
    """The whole web application. The caller runs and closes the Redis client and the live feed."""
    # FastAPI's own documentation pages load scripts from other servers; the OpenAPI description stays.
    app = FastAPI(
        title="Wardbeat", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json"
    )
    store = AlertStore(redis, sounds_again_s=settings.sounds_again_s)
    _serve_api(app, redis, live, store, longest_pause_s=settings.longest_pause_s)
    _serve_live(app, live)
    study = StudyApp(app, ClassifyClient(settings.classify_url))
    ward_pages = _serve_pages(app, store)  # last, because this Dash answers every other path
    app.add_middleware(UploadLimit, path=UPLOADS, most_bytes=MAX_UPLOAD_BYTES)
    app.add_middleware(
        Guard,
        hosts=settings.dashboard_hosts,
        hosts_setting="WARDBEAT_DASHBOARD_HOSTS",
        script_hashes=lambda: dict.fromkeys((*ward_pages.csp_hashes(), *study.script_hashes())),  # once each
    )
    return app


def _serve_api(app: FastAPI, redis: Redis, live: Live, store: AlertStore, *, longest_pause_s: float) -> None:
    """``/api/v1`` and ``/healthz``."""
    admissions = AdmissionStore(redis)
    app.state.bed_names = names = BedNames(redis)  # the parameters in dashboard.api.values ask it
    for routes in (
        health_routes(redis),
        ward_routes(live, store, names),
        window_routes(LiveStore(redis), admissions),
        alert_routes(store, AuditLog(redis)),
        sound_routes(AudioPauseStore(redis, longest_s=longest_pause_s)),
        ward_defaults_routes(admissions.defaults),
        bed_routes(admissions, BedRemoval(redis)),
        screen_routes(ScreenStore(redis)),
        alert_off_routes(admissions),
        escalation_routes(EscalationStore(redis)),
        unknown_path_routes(),
    ):
        app.include_router(routes)
    for error, handler in ERROR_HANDLERS.items():
        app.add_exception_handler(error, handler)


def _serve_live(app: FastAPI, live: Live) -> None:
    """``/live``."""

    @app.websocket("/live")
    async def live_socket(websocket: WebSocket) -> None:
        await live.serve(websocket)


def _serve_pages(app: FastAPI, store: AlertStore) -> Dash:
    """``/``, ``/patient/BED`` and ``/assets``."""
    dash = Dash(
        __name__,
        server=app,  # type: ignore[arg-type]  # Dash's types know only Flask
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
    # No callback of ours uses Dash's WebSocket. Without this line every page would open a second one.
    dash.backend.websocket_capability = False
    parts = [html.Header(id="bar"), html.Div(id="banners"), ward.layout(), patient.layout()]
    dash.layout = html.Div(parts, id="wardbeat")
    patient.register(dash, store)
    return dash


async def serve(
    settings: Settings, host: str, port: int, announce: Callable[[str], None], instruments: Instruments
) -> None:
    """Serve until a signal ends the process. ``announce`` is called with the address when the pages are served.

    Raises
    ------
    SettingsError
        If the process can't listen on the address.
    """
    listener = listen("dashboard", host, port)
    address = f"http://{host}:{listener.getsockname()[1]}/"
    async with connect(settings.redis_address) as redis:
        live = Live(redis, delayed_after_s=settings.delayed_after_s, canary=settings.canary)
        app = create_app(redis, live, settings)
        config = server_config(app, ws_max_size=MAX_MESSAGE_BYTES, ws_ping_interval=5.0, ws_ping_timeout=5.0)
        server = AnnouncingServer(config, lambda: announce(address))
        show_dashboard(instruments, live)
        turning = asyncio.create_task(instruments.probes.keep_turning())
        feed = asyncio.create_task(live.run())
        # If the feed ends by an error, the process must end too: a page without data is worse than no page.
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
