"""``/api/v1``: who did what when, and whether anybody would be told if nobody came."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from dashboard.api import AlertId, StreamId, known_alert
from wardbeat.alert_store import AlertStore
from wardbeat.audit import AuditEntry, AuditLog
from wardbeat.escalation_store import EscalationStore

Subject = Annotated[str | None, Query(max_length=64, description="one alert or admission only, by id")]
SinceMs = Annotated[int, Query(ge=0, description="Unix time in milliseconds")]
Limit = Annotated[int, Query(ge=1, le=10_000)]


class AuditView(BaseModel):
    """One act or change; ``before`` and ``after`` are versions of the subject, 0 where it has none."""

    at_ms: int
    stream_id: str | None
    subject: str
    act: str
    by: str
    before: int
    after: int
    detail: str


class EscalationView(BaseModel):
    """Whether an escalator is at work."""

    running: bool


def router(log: AuditLog, alerts: AlertStore, escalations: EscalationStore) -> APIRouter:
    """The routes of the audit."""
    routes = APIRouter(prefix="/api/v1", tags=["audit"])

    @routes.get("/streams/{stream_id}/audit")
    async def audit_of_bed(
        stream_id: StreamId, subject: Subject = None, since_ms: SinceMs = 0, limit: Limit = 1000
    ) -> list[AuditView]:
        """What was done at a bed, newest first."""
        entries = await log.of(stream_id, subject=subject, since_ns=since_ms * 1_000_000, limit=limit)
        return [_view(entry) for entry in entries]

    @routes.get("/alerts/{alert_id}/audit")
    async def audit_of_alert(alert_id: AlertId) -> list[AuditView]:
        """What was done to an alert, newest first."""
        alert = (await known_alert(alerts, alert_id)).alert
        return [_view(entry) for entry in await log.of(alert.stream_id, subject=alert_id)]

    @routes.get("/audit")
    async def audit_of_ward(since_ms: SinceMs = 0, limit: Limit = 1000) -> list[AuditView]:
        """What was done to the ward as a whole, newest first."""
        return [_view(entry) for entry in await log.of(None, since_ns=since_ms * 1_000_000, limit=limit)]

    @routes.get("/escalation")
    async def escalation() -> EscalationView:
        """Whether anybody would be told if nobody came to an alert."""
        return EscalationView(running=await escalations.running())

    return routes


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        at_ms=entry.at_ns // 1_000_000,
        stream_id=entry.stream_id,
        subject=entry.subject,
        act=entry.act,
        by=entry.by,
        before=entry.before,
        after=entry.after,
        detail=entry.detail,
    )
