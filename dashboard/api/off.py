"""``/api/v1``: all alert codes, and the codes that are switched off for a patient."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from dashboard.api.router import ActRequest
from dashboard.api.values import PresentBed, Reason
from dashboard.views import OffView, off_view
from wardbeat.care.admissions import Bed, settings_of
from wardbeat.care.alert_off import NEVER_OFF
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import AlertKind, Priority
from wardbeat.store.beds.admission_store import AdmissionStore

Code = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CODES)})$")]


class AlertCodeView(BaseModel):
    """An alert code, and whether it may be switched off for a patient."""

    code: str
    words: str
    priority: Priority
    kind: AlertKind
    may_be_off: bool


class SwitchOnRequest(ActRequest):
    """The alert code to switch on again."""

    code: Code


class SwitchOffRequest(SwitchOnRequest):
    """The alert code to switch off, and the reason."""

    reason: Reason


def alert_off_routes(store: AdmissionStore) -> APIRouter:
    """Routes that list the alert codes and switch them off and on."""
    routes = APIRouter(prefix="/api/v1", tags=["alerts off"])

    @routes.get("/alert-codes")
    async def list_codes() -> list[AlertCodeView]:
        """All alert codes, the most urgent first."""
        return [
            AlertCodeView(
                code=code.code,
                words=code.words,
                priority=code.priority,
                kind=code.kind,
                may_be_off=code.code not in NEVER_OFF and code.kind != "technical",
            )
            for code in CODES.values()
        ]

    @routes.post("/streams/{stream_id}/off")
    async def switch_off(stream_id: PresentBed, act: SwitchOffRequest) -> list[OffView]:
        """Switch an alert code off for the admitted patient. The response lists all codes that are off."""
        return _off(await store.switch_off(stream_id, act.code, act.reason, act.by))

    @routes.post("/streams/{stream_id}/on")
    async def switch_on(stream_id: PresentBed, act: SwitchOnRequest) -> list[OffView]:
        """Switch an alert code on again. The response lists all codes that are off."""
        return _off(await store.switch_on(stream_id, act.code, act.by))

    return routes


def _off(bed: Bed) -> list[OffView]:
    return [off_view(off) for off in settings_of(bed).off]
