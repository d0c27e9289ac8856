"""``/api/v1/escalation``: whether an escalator runs."""

from fastapi import APIRouter
from pydantic import BaseModel

from wardbeat.store.escalation_store import EscalationStore


class EscalationView(BaseModel):
    """Whether an escalator runs."""

    running: bool


def escalation_routes(store: EscalationStore) -> APIRouter:
    """The one route of the escalation."""
    routes = APIRouter(prefix="/api/v1", tags=["operation"])

    @routes.get("/escalation")
    async def escalation() -> EscalationView:
        """Whether an escalator runs, which notifies other staff of alerts that are not acknowledged in time."""
        return EscalationView(running=await store.running())

    return routes
