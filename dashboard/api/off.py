"""``/api/v1``: the kinds of alerts there are, and those that are off for a patient."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from dashboard.api.router import Act, StreamId
from dashboard.api.views import OffView, off_view
from wardbeat.care.admissions import Bed, settings_of
from wardbeat.care.alert_off import MAX_REASON_CHARS, NEVER_OFF
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import AlertKind, Priority
from wardbeat.store.admission_store import AdmissionStore

Code = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CODES)})$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON_CHARS)]


class CodeView(BaseModel):
    """A kind of alert, and whether it may be switched off for a patient."""

    code: str
    words: str
    priority: Priority
    kind: AlertKind
    may_be_off: bool


class SwitchOn(Act):
    """Who switches a kind of alert on again."""

    code: Code


class SwitchOff(SwitchOn):
    """Who switches a kind of alert off, and why."""

    reason: Reason


def router(store: AdmissionStore) -> APIRouter:
    """The routes of alert codes and alert-off."""
    routes = APIRouter(prefix="/api/v1", tags=["alerts off"])

    @routes.get("/alert-codes")
    async def list_codes() -> list[CodeView]:
        """Every kind of alert, most urgent first."""
        return [
            CodeView(
                code=code.code,
                words=code.words,
                priority=code.priority,
                kind=code.kind,
                may_be_off=code.code not in NEVER_OFF and code.kind != "technical",
            )
            for code in CODES.values()
        ]

    @routes.post("/streams/{stream_id}/off")
    async def switch_off(stream_id: StreamId, act: SwitchOff) -> list[OffView]:
        """Switch a kind of alert off for the admitted patient; all that is off then."""
        return _off(await store.switch_off(stream_id, act.code, act.reason, act.by))

    @routes.post("/streams/{stream_id}/on")
    async def switch_on(stream_id: StreamId, act: SwitchOn) -> list[OffView]:
        """Switch a kind of alert on again; all that is off then."""
        return _off(await store.switch_on(stream_id, act.code, act.by))

    return routes


def _off(bed: Bed) -> list[OffView]:
    return [off_view(off) for off in settings_of(bed).off]
