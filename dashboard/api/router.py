"""``/api/v1``: beds and alerts for programs, and the parameters and errors of all routes."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, StringConstraints
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.feed.live import Live
from dashboard.views import AlertDetail, AlertView, BedView, alert_detail, alert_view
from wardbeat.care.alert_lifecycle import AlertRecord, AlertState
from wardbeat.contracts import codec
from wardbeat.errors import AdmissionError, AlertActionError
from wardbeat.store.alert_store import AlertStore

StreamId = Annotated[str, Path(pattern=f"^{codec.STREAM_ID.pattern}$")]
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Initials = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-zÀ-ÖØ-öø-ÿ]{2,4}$")]


class ActRequest(BaseModel):
    """The body of every act: initials of 2 to 4 letters."""

    by: Initials


class HealthView(BaseModel):
    """Whether Redis answers, and if not, the problem."""

    redis: bool
    problem: str | None


def ward_routes(live: Live, store: AlertStore) -> APIRouter:
    """Routes that read beds and alerts."""
    routes = APIRouter(prefix="/api/v1", tags=["ward"])

    @routes.get("/streams")
    async def list_streams() -> list[BedView]:
        """The current state of all beds."""
        _refuse_while_away(live)
        return live.ward.beds

    @routes.get("/streams/{stream_id}/status")
    async def get_status(stream_id: StreamId) -> BedView:
        """The current state of one bed."""
        _refuse_while_away(live)
        for bed in live.ward.beds:
            if bed.stream_id == stream_id:
                return bed
        raise HTTPException(404, f"stream {stream_id!r}: no data has ever come from it; see /api/v1/streams")

    @routes.get("/alerts")
    async def list_alerts(
        stream_id: Annotated[str | None, Query(pattern=f"^{codec.STREAM_ID.pattern}$")] = None,
        state: AlertState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[AlertView]:
        """The open alerts of the ward, oldest first, or the alerts of one stream in any state, newest first."""
        records = await store.open_alerts() if stream_id is None else await store.history(stream_id, limit)
        return [alert_view(record) for record in records if state in (None, record.state)][:limit]

    @routes.get("/alerts/{alert_id}")
    async def get_alert(alert_id: AlertId) -> AlertDetail:
        """One alert with its evidence."""
        return alert_detail(await known_alert(store, alert_id))

    return routes


def unknown_path_routes() -> APIRouter:
    """A 404 for every other path of ``/api/v1``. Include it last."""
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/{path:path}", include_in_schema=False)
    async def unknown_path(path: str) -> None:
        """Without this route Dash would answer with a page, which a program could take for data."""
        raise HTTPException(404, f"/api/v1/{path[:80]}: no such resource; see /api/v1/openapi.json")

    return routes


def health_routes(redis: Redis) -> APIRouter:
    """``/healthz`` for a supervisor of processes: 503 while Redis does not answer."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz")
    async def healthz() -> JSONResponse:
        """Whether Redis answers."""
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            return JSONResponse(HealthView(redis=False, problem=f"Redis does not answer: {error}").model_dump(), 503)
        return JSONResponse(HealthView(redis=True, problem=None).model_dump())

    return routes


async def act_refused(_request: Request, error: Exception) -> JSONResponse:
    """The response if the state of an alert or a bed does not allow an act: 409 with the reason."""
    return JSONResponse({"detail": str(error)}, 409)


async def redis_away(_request: Request, error: Exception) -> JSONResponse:
    """The response if Redis does not answer: 503."""
    return JSONResponse({"detail": f"Redis does not answer ({error}); try again"}, 503)


ERROR_HANDLERS = {AlertActionError: act_refused, AdmissionError: act_refused, RedisError: redis_away}


def _refuse_while_away(live: Live) -> None:
    if live.ward.problem:
        raise HTTPException(503, live.ward.problem)


async def known_alert(store: AlertStore, alert_id: str) -> AlertRecord:
    """The alert with this id; HTTP 404 if there is none."""
    record = await store.get(alert_id)
    if record is None:
        raise HTTPException(404, f"alert {alert_id}: there is none with this id")
    return record
