"""``/api/v1``: acts on alerts, audio pauses, and the audit."""

from fastapi import APIRouter

from dashboard.api.router import ActRequest, known_alert
from dashboard.api.values import AlertId, AuditLimit, Comment, KnownBed, OptionalComment, PauseSeconds, PresentBed
from dashboard.views import AlertView, AuditView, PauseView, alert_view, audit_view, pause_view
from wardbeat.care.audio_pause import PAUSE_S
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.audio_pause_store import AudioPauseStore


class AcknowledgeRequest(ActRequest):
    """The initials and an optional comment of an acknowledgement."""

    comment: OptionalComment = ""


class CommentRequest(ActRequest):
    """A comment on an alert. It is stored with the alert, so it must not contain names."""

    text: Comment


class PauseRequest(ActRequest):
    """The length of an audio pause in seconds."""

    seconds: PauseSeconds = int(PAUSE_S.high)


def alert_routes(store: AlertStore, audit: AuditLog) -> APIRouter:
    """Routes that acknowledge, comment and resolve alerts, and read the audit."""
    routes = APIRouter(prefix="/api/v1", tags=["alerts"])

    @routes.post("/alerts/{alert_id}/acknowledge")
    async def acknowledge(alert_id: AlertId, act: AcknowledgeRequest) -> AlertView:
        """Acknowledge an alert, with an optional comment."""
        await known_alert(store, alert_id)
        return alert_view(await store.acknowledge(alert_id, act.by, act.comment))

    @routes.post("/alerts/{alert_id}/resolve")
    async def resolve(alert_id: AlertId, act: ActRequest) -> AlertView:
        """Close an alert whose condition has ended."""
        await known_alert(store, alert_id)
        return alert_view(await store.resolve(alert_id, act.by))

    @routes.post("/alerts/{alert_id}/comments")
    async def comment(alert_id: AlertId, act: CommentRequest) -> AlertView:
        """Add a comment to an alert in any state."""
        await known_alert(store, alert_id)
        return alert_view(await store.comment(alert_id, act.by, act.text))

    @routes.get("/alerts/{alert_id}/audit")
    async def audit_of_alert(alert_id: AlertId, limit: AuditLimit = 100) -> list[AuditView]:
        """The audit of an alert, newest entry first."""
        record = await known_alert(store, alert_id)
        entries = await audit.of(record.alert.stream_id, subject=alert_id, since_ns=record.raised_ns, limit=limit)
        return [audit_view(entry) for entry in entries]

    @routes.get("/streams/{stream_id}/audit")
    async def audit_of_stream(stream_id: KnownBed, limit: AuditLimit = 100) -> list[AuditView]:
        """The audit of a bed, newest entry first."""
        return [audit_view(entry) for entry in await audit.of(stream_id, limit=limit)]

    @routes.get("/audit")
    async def audit_of_ward(limit: AuditLimit = 100) -> list[AuditView]:
        """The audit of acts on the whole ward, newest entry first."""
        return [audit_view(entry) for entry in await audit.of(None, limit=limit)]

    return routes


def sound_routes(pauses: AudioPauseStore) -> APIRouter:
    """Routes that begin, end and list audio pauses."""
    routes = APIRouter(prefix="/api/v1", tags=["sound"])

    @routes.get("/pauses")
    async def list_pauses() -> list[PauseView]:
        """The audio pauses in force."""
        return [pause_view(pause) for pause in await pauses.in_force()]

    @routes.post("/streams/{stream_id}/pause")
    async def pause_stream(stream_id: PresentBed, act: PauseRequest) -> PauseView:
        """Pause the sound of a bed. A new alert of high priority breaks through."""
        return pause_view(await pauses.pause(stream_id, act.by, act.seconds))

    @routes.post("/streams/{stream_id}/resume", status_code=204)
    async def resume_stream(stream_id: PresentBed, act: ActRequest) -> None:
        """End the pause of a bed."""
        await pauses.resume(stream_id, act.by)

    @routes.post("/ward/pause")
    async def pause_ward(act: PauseRequest) -> PauseView:
        """Pause the sound of all beds. A new alert of high priority breaks through."""
        return pause_view(await pauses.pause(None, act.by, act.seconds))

    @routes.post("/ward/resume", status_code=204)
    async def resume_ward(act: ActRequest) -> None:
        """End the pause of all beds."""
        await pauses.resume(None, act.by)

    return routes
