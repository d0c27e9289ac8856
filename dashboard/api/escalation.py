"""``/api/v1/escalation``: whether anybody would be told if nobody came to an alert."""

from fastapi import APIRouter
from pydantic import BaseModel

from wardbeat.store.escalation_store import EscalationStore


class EscalationView(BaseModel):
    """Whether an escalator is at work."""

    running: bool


def router(store: EscalationStore) -> APIRouter:
    """The one route."""
    routes = APIRouter(prefix="/api/v1", tags=["operation"])

    @routes.get("/escalation")
    async def escalation() -> EscalationView:
        """Whether anybody would be told if nobody came to an alert."""
        return EscalationView(running=await store.running())

    return routes
