"""``/api/v1``: pausing the sound of a bed or of the whole ward."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dashboard.api import Act, StreamId
from wardbeat.audio_pause import LONGEST_PAUSE_S, AudioPause
from wardbeat.audio_pause_store import AudioPauseStore


class PauseAct(Act):
    """Who pauses the sound, and for how many seconds."""

    seconds: float = Field(LONGEST_PAUSE_S, ge=1, le=LONGEST_PAUSE_S)


class PauseView(BaseModel):
    """A pause in force; without a ``stream_id`` it is that of the ward. Unix times in milliseconds."""

    stream_id: str | None
    by: str
    since_ms: int
    until_ms: int


def router(store: AudioPauseStore) -> APIRouter:
    """The routes of audio pauses."""
    routes = APIRouter(prefix="/api/v1", tags=["sound"])

    @routes.get("/pauses")
    async def list_pauses() -> list[PauseView]:
        """The audio pauses that have not run out."""
        return [_view(pause) for pause in await store.in_force()]

    @routes.post("/streams/{stream_id}/pause")
    async def pause(stream_id: StreamId, act: PauseAct) -> PauseView:
        """Pause the sound of a bed; a new high alert breaks through."""
        return _view(await store.pause(stream_id, act.by, act.seconds))

    @routes.post("/streams/{stream_id}/resume", status_code=204)
    async def resume(stream_id: StreamId, act: Act) -> None:
        """End the pause of a bed."""
        await store.resume(stream_id, act.by)

    @routes.post("/ward/pause")
    async def pause_ward(act: PauseAct) -> PauseView:
        """Pause the sound of all beds; a new high alert breaks through."""
        return _view(await store.pause(None, act.by, act.seconds))

    @routes.post("/ward/resume", status_code=204)
    async def resume_ward(act: Act) -> None:
        """End the pause of the ward; those of single beds go on."""
        await store.resume(None, act.by)

    return routes


def _view(pause: AudioPause) -> PauseView:
    return PauseView(
        stream_id=pause.stream_id,
        by=pause.by,
        since_ms=pause.since_ns // 1_000_000,
        until_ms=pause.until_ns // 1_000_000,
    )
