"""``/api/v1``: beds and alerts for programs, and the parameters and errors of all routes."""

from typing import cast

from fastapi import APIRouter, HTTPException
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse

from dashboard.api.values import AlertId, AlertLimit, BedName, Initials
from dashboard.feed.live import Live
from dashboard.views import AlertDetail, AlertView, BedView, alert_detail, alert_view
from wardbeat.care.alert_lifecycle import AlertRecord, AlertState, most_urgent_first
from wardbeat.contracts import rules
from wardbeat.errors import AdmissionError, AlertActionError, InvalidValueError, UnknownBedError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.bed_names import BedNames


class ActRequest(BaseModel):
    """The body of every act: initials of 2 to 4 letters."""

    by: Initials


class HealthView(BaseModel):
    """Whether Redis answers, and if not, the problem."""

    redis: bool
    problem: str | None


def ward_routes(live: Live, store: AlertStore, names: BedNames) -> APIRouter:
    """Routes that read beds and alerts."""
    routes = APIRouter(prefix="/api/v1", tags=["ward"])

    @routes.get("/streams")
    async def list_streams() -> list[BedView]:
        """The current state of all beds."""
        _refuse_while_away(live)
        return live.ward.beds

    @routes.get("/streams/{stream_id}/status")
    async def get_status(stream_id: BedName) -> BedView:
        """The current state of one bed."""
        _refuse_while_away(live)
        beds = {bed.stream_id: bed for bed in live.ward.beds}
        return beds[rules.known_bed(stream_id, beds)]

    @routes.get("/alerts")
    async def list_alerts(
        stream_id: BedName | None = None, state: AlertState | None = None, limit: AlertLimit = 100
    ) -> list[AlertView]:
        """The open alerts of the ward, the most urgent first, or the alerts of one stream in any state, newest first.

        Alerts in another state than ``state`` do not count for ``limit``.
        """

        def is_wanted(record: AlertRecord) -> bool:
            return state in {None, record.state}

        if stream_id is None:
            of_ward = [record for record in await store.open_alerts() if record.alert.origin != "canary"]
            records = list(filter(is_wanted, most_urgent_first(of_ward)))[:limit]
        else:
            await names.check(stream_id, former=True)
            records = await store.history(stream_id, limit, is_wanted)
        return [alert_view(record) for record in records]

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


async def no_such_bed(_request: Request, error: Exception) -> JSONResponse:
    """The response if there is no bed of this name: 404 with the beds there are."""
    return JSONResponse({"detail": str(error)}, 404)


async def invalid_values(_request: Request, error: Exception) -> JSONResponse:
    """The response if values break their rules: 422 with the place and the rule of each.

    FastAPI's own response repeats the values, and fails if one of them can't be written as JSON, such as NaN.
    """
    problems = cast("RequestValidationError", error).errors()
    detail = [
        {"loc": [*map(str, one["loc"])], "msg": one["msg"].removeprefix("Value error, "), "type": one["type"]}
        for one in problems
    ]
    return JSONResponse({"detail": detail}, 422)


async def invalid_value(_request: Request, error: Exception) -> JSONResponse:
    """The response if a value breaks a rule that the rules of care apply: 422 with the rule."""
    return JSONResponse({"detail": str(error)}, 422)


async def redis_away(_request: Request, error: Exception) -> JSONResponse:
    """The response if Redis does not answer: 503."""
    return JSONResponse({"detail": f"Redis does not answer ({error}); try again"}, 503)


ERROR_HANDLERS = {
    AlertActionError: act_refused,
    AdmissionError: act_refused,
    UnknownBedError: no_such_bed,
    InvalidValueError: invalid_value,
    RequestValidationError: invalid_values,
    RedisError: redis_away,
}


def _refuse_while_away(live: Live) -> None:
    if live.ward.side in {"redis", "dashboard"}:
        raise HTTPException(503, live.ward.problem)


async def known_alert(store: AlertStore, alert_id: str) -> AlertRecord:
    """The alert with this id; HTTP 404 if there is none."""
    record = await store.get(alert_id)
    if record is None:
        raise HTTPException(404, f"alert {alert_id}: there is none with this id")
    return record
