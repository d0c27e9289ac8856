"""``/api/v1``: what a screen shows, for programs, and what all of its routes share."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, StringConstraints
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.api.views import AlertDetail, AlertView, BedView, alert_detail, alert_view
from dashboard.feed.live import Live
from wardbeat.care.alert_lifecycle import AlertRecord, AlertState
from wardbeat.contracts import codec
from wardbeat.errors import AdmissionError, AlertActionError
from wardbeat.store.alert_store import AlertStore

StreamId = Annotated[str, Path(pattern=f"^{codec.STREAM_ID.pattern}$")]
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Initials = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-zÀ-ÖØ-öø-ÿ]{2,4}$")]


class Act(BaseModel):
    """Who acts: initials of two to four letters."""

    by: Initials


class Health(BaseModel):
    """Whether the dashboard can know anything."""

    redis: bool
    problem: str | None


def router(live: Live, store: AlertStore) -> APIRouter:
    """The routes of ``/api/v1``."""
    routes = APIRouter(prefix="/api/v1", tags=["ward"])

    @routes.get("/streams")
    async def list_streams() -> list[BedView]:
        """All beds as they may be shown now."""
        _refuse_while_away(live)
        return live.ward.beds

    @routes.get("/streams/{stream_id}/status")
    async def get_status(stream_id: StreamId) -> BedView:
        """One bed as it may be shown now."""
        _refuse_while_away(live)
        for bed in live.ward.beds:
            if bed.stream_id == stream_id:
                return bed
        raise HTTPException(404, f"stream {stream_id!r}: it was never heard; see /api/v1/streams")

    @routes.get("/alerts")
    async def list_alerts(
        stream_id: Annotated[str | None, Query(pattern=f"^{codec.STREAM_ID.pattern}$")] = None,
        state: AlertState | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> list[AlertView]:
        """Open alerts of the ward, oldest first; or those of one stream in any state, newest first."""
        records = await store.open_alerts() if stream_id is None else await store.history(stream_id, limit)
        return [alert_view(record) for record in records if state in (None, record.state)][:limit]

    @routes.get("/alerts/{alert_id}")
    async def get_alert(alert_id: AlertId) -> AlertDetail:
        """One alert with its evidence."""
        return alert_detail(await known_alert(store, alert_id))

    return routes


def nothing_else() -> APIRouter:
    """Any other path of ``/api/v1``; the last router of all."""
    routes = APIRouter(prefix="/api/v1")

    @routes.get("/{path:path}", include_in_schema=False)
    async def nothing(path: str) -> None:
        """Dash answers any path with its page; a program must not take that for data."""
        raise HTTPException(404, f"/api/v1/{path[:80]}: no such resource; see /api/v1/openapi.json")

    return routes


def health_router(redis: Redis) -> APIRouter:
    """``/healthz`` for whoever restarts processes: 503 while Redis does not answer."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz")
    async def healthz() -> JSONResponse:
        """Whether Redis answers."""
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            return JSONResponse(Health(redis=False, problem=f"Redis does not answer: {error}").model_dump(), 503)
        return JSONResponse(Health(redis=True, problem=None).model_dump())

    return routes


async def refused(_request: Request, error: Exception) -> JSONResponse:
    """An act that the state of an alert or a bed does not allow: 409, with the reason."""
    return JSONResponse({"detail": str(error)}, 409)


async def store_away(_request: Request, error: Exception) -> JSONResponse:
    """Redis does not answer: 503."""
    return JSONResponse({"detail": f"Redis does not answer ({error}); try again"}, 503)


ERROR_HANDLERS = {AlertActionError: refused, AdmissionError: refused, RedisError: store_away}


def _refuse_while_away(live: Live) -> None:
    if live.ward.problem:
        raise HTTPException(503, live.ward.problem)


async def known_alert(store: AlertStore, alert_id: str) -> AlertRecord:
    """The alert with this id; 404 if there is none."""
    record = await store.get(alert_id)
    if record is None:
        raise HTTPException(404, f"alert {alert_id}: there is none with this id")
    return record
