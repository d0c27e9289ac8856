"""``/api/v1/ward-defaults``: the limits of every bed that has none of its own."""

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel

from dashboard.api.beds import LimitChanges
from dashboard.api.router import ActRequest
from wardbeat.care.admissions import RANGES
from wardbeat.care.ward_defaults import WardDefaults
from wardbeat.store.beds.ward_defaults_store import WardDefaultsStore

_NS_PER_MS = 1_000_000


class WardDefaultsRequest(ActRequest, LimitChanges):
    """The initials and the limits to change."""


class WardDefaultsView(BaseModel):
    """The limits of the ward. ``version`` 0 are those that Wardbeat ships; then ``by`` and ``since_ms`` are None."""

    version: int
    by: str | None
    since_ms: int | None
    limits: dict[str, float]
    ranges: dict[str, tuple[float, float]]


def ward_defaults_routes(store: WardDefaultsStore) -> APIRouter:
    """The routes of ``/api/v1/ward-defaults``."""
    routes = APIRouter(prefix="/api/v1/ward-defaults", tags=["beds"])

    @routes.get("")
    async def get_ward_defaults() -> WardDefaultsView:
        """The limits of every bed that has none of its own."""
        return _view(await store.read())

    @routes.put("")
    async def set_ward_defaults(act: WardDefaultsRequest) -> WardDefaultsView:
        """Change some of these limits. They apply to the beds within about a second."""
        return _view(await store.change(act.by, **act.changes()))

    return routes


def _view(defaults: WardDefaults) -> WardDefaultsView:
    changed = defaults.version > 0
    return WardDefaultsView(
        version=defaults.version,
        by=defaults.by if changed else None,
        since_ms=defaults.since_ns // _NS_PER_MS if changed else None,
        limits=msgspec.structs.asdict(defaults.limits),
        ranges={name: (limit.low, limit.high) for name, limit in RANGES.items()},
    )
