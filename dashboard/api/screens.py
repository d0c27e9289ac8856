"""``/api/v1/screens``: the screens that live, and those that have stopped without being closed."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel

from dashboard.api.router import ActRequest
from dashboard.views import ScreenView, screen_view
from wardbeat.store.screen_store import ScreenStore

ScreenIdPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class ScreensView(BaseModel):
    """The screens by their state. ``listening`` is the number of living screens whose sound is on."""

    listening: int
    alive: list[ScreenView]
    stopped: list[ScreenView]


def screen_routes(store: ScreenStore) -> APIRouter:
    """The routes of ``/api/v1/screens``."""
    routes = APIRouter(prefix="/api/v1/screens", tags=["operation"])

    @routes.get("")
    async def list_screens() -> ScreensView:
        """All screens that are not closed."""
        screens = await store.read()
        return ScreensView(
            listening=screens.listening,
            alive=[screen_view(screen) for screen in screens.alive],
            stopped=[screen_view(screen) for screen in screens.stopped],
        )

    @routes.post("/{screen_id}/dismiss", status_code=204)
    async def dismiss(screen_id: ScreenIdPath, _act: ActRequest) -> None:
        """Remove a screen that has stopped, because staff know that it is off. A screen that lives reports again."""
        if not await store.remove(screen_id):
            raise HTTPException(404, f"screen {screen_id}: there is none with this id")

    return routes
