"""``/api/v1/streams/{stream_id}/windows``: the verdicts on the last minutes of a bed's ECG, 5 s each."""

from collections.abc import Sequence

from fastapi import APIRouter

from dashboard.api.values import PresentBed
from dashboard.views import VerdictView, verdict_view
from wardbeat.contracts.messages import Window
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LiveStore


def window_routes(live: LiveStore, admissions: AdmissionStore) -> APIRouter:
    """The route that reads windows."""
    routes = APIRouter(prefix="/api/v1/streams", tags=["ward"])

    @routes.get("/{stream_id}/windows")
    async def list_windows(stream_id: PresentBed) -> list[VerdictView]:
        """The windows of the present patient, oldest first. The server keeps the last ten minutes."""
        admission = (await admissions.bed(stream_id)).admission
        windows = await live.windows(stream_id)
        shown = of_present_patient(windows, None if admission is None else admission.admission_id)
        return [verdict_view(window) for window in shown]

    return routes


def of_present_patient(windows: Sequence[Window], admission_id: str | None) -> list[Window]:
    """The last windows of this admission; none from before another patient was in the bed."""
    begin = len(windows)
    while begin > 0 and windows[begin - 1].admission_id == admission_id:
        begin -= 1
    return list(windows[begin:])
