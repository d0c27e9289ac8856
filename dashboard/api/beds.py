"""``/api/v1/beds``: who is admitted where, limits, and patients who are away."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dashboard.api.router import Act, StreamId
from dashboard.api.views import AlertView, OffView, alert_view, off_view
from wardbeat.care import admissions
from wardbeat.care.admissions import Admission, Bed, PatientLimits, PatientSettings
from wardbeat.contracts import codec
from wardbeat.store.admission_store import AdmissionStore

_NS_PER_MS = 1_000_000
_DEFAULTS = PatientLimits()
_Rate = Annotated[int | None, Field(ge=0, le=1000)]


class LimitChanges(BaseModel):
    """The limits of a patient; what is left out stays as it is, or as everybody's."""

    hr_low_bpm: _Rate = None
    hr_high_bpm: _Rate = None
    pause_s: Annotated[float | None, Field(ge=0, le=60)] = None
    pvc_per_minute: _Rate = None

    def changes(self) -> dict[str, float]:
        """Those that are given, by name."""
        return {name: value for name in admissions.RANGES if (value := getattr(self, name)) is not None}


class Admit(Act, LimitChanges):
    """Who admits, and what is known of the patient."""

    paced: bool = False
    known_af: bool = False


class Transfer(Act):
    """Who moves a patient, and where to."""

    to: Annotated[str, Field(pattern=f"^{codec.STREAM_ID.pattern}$")]


class BeginStandby(Act):
    """Who says that the patient is away, and for how long at the most."""

    minutes: Annotated[float, Field(gt=0, le=admissions.LONGEST_STANDBY_S / 60)]


class ChangeLimits(Act, LimitChanges):
    """Who changes which limits."""


class Category(Act):
    """Who knows what of the patient; what is left out stays as it is."""

    paced: bool | None = None
    known_af: bool | None = None


class BedSettings(BaseModel):
    """A bed as staff have set it. ``ranges`` are the values that limits may take; times are Unix time in ms."""

    stream_id: str
    admitted: bool
    admission_id: str | None
    admitted_ms: int | None
    admitted_by: str | None
    paced: bool
    known_af: bool
    hr_low_bpm: int
    hr_high_bpm: int
    pause_s: float
    pvc_per_minute: int
    settings_by: str | None
    settings_ms: int | None
    off: list[OffView]
    standby_until_ms: int | None
    standby_by: str | None
    ranges: dict[str, tuple[float, float]]


def router(store: AdmissionStore) -> APIRouter:
    """The routes of ``/api/v1/beds``."""
    routes = APIRouter(prefix="/api/v1/beds", tags=["beds"])

    @routes.get("")
    async def list_beds() -> list[BedSettings]:
        """All beds that staff have ever set anything of."""
        beds = await store.beds()
        return [bed_settings(bed, store.now_ns()) for _, bed in sorted(beds.items())]

    @routes.get("/{stream_id}")
    async def get_bed(stream_id: StreamId) -> BedSettings:
        """One bed; one that was never set is as every bed is at first."""
        return bed_settings(await store.bed(stream_id), store.now_ns())

    @routes.get("/{stream_id}/alerts")
    async def list_alerts(stream_id: StreamId, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[AlertView]:
        """The alerts of the patient who is admitted, also from former beds, newest first; nobody else's."""
        admission = (await store.bed(stream_id)).admission
        records = [] if admission is None else await store.alerts(admission, limit)
        return [alert_view(record) for record in records]

    @routes.post("/{stream_id}/admit")
    async def admit(stream_id: StreamId, act: Admit) -> BedSettings:
        """Admit a patient: the monitor begins anew, with these limits."""
        limits = admissions.changed_limits(_DEFAULTS, act.changes())
        settings = PatientSettings(limits=limits, paced=act.paced, known_af=act.known_af)
        return bed_settings(await store.admit(stream_id, settings, act.by), store.now_ns())

    @routes.post("/{stream_id}/transfer")
    async def transfer(stream_id: StreamId, act: Transfer) -> BedSettings:
        """Move the patient to a free bed, which is answered."""
        return bed_settings(await store.transfer(stream_id, act.to, act.by), store.now_ns())

    @routes.post("/{stream_id}/discharge")
    async def discharge(stream_id: StreamId, act: Act) -> BedSettings:
        """Discharge the patient: alerts are closed, and the monitor begins anew."""
        await store.discharge(stream_id, act.by)
        return bed_settings(await store.bed(stream_id), store.now_ns())

    @routes.post("/{stream_id}/standby")
    async def begin_standby(stream_id: StreamId, act: BeginStandby) -> BedSettings:
        """Note that the patient is away."""
        return bed_settings(await store.begin_standby(stream_id, act.minutes * 60, act.by), store.now_ns())

    @routes.post("/{stream_id}/resume")
    async def resume(stream_id: StreamId, act: Act) -> BedSettings:
        """End the standby."""
        return bed_settings(await store.end_standby(stream_id, act.by), store.now_ns())

    @routes.put("/{stream_id}/limits")
    async def set_limits(stream_id: StreamId, act: ChangeLimits) -> BedSettings:
        """Change limits of the patient."""
        return bed_settings(await store.set_limits(stream_id, act.by, **act.changes()), store.now_ns())

    @routes.put("/{stream_id}/category")
    async def set_category(stream_id: StreamId, act: Category) -> BedSettings:
        """Change what is known of the patient."""
        bed = await store.set_category(stream_id, act.by, paced=act.paced, known_af=act.known_af)
        return bed_settings(bed, store.now_ns())

    return routes


def bed_settings(bed: Bed, now_ns: int) -> BedSettings:
    """A bed as it leaves the dashboard."""
    admission, settings = bed.admission, admissions.settings_of(bed)
    standby = bed.standby if admissions.on_standby(bed, now_ns) else None
    limits = settings.limits
    return BedSettings(
        stream_id=bed.stream_id,
        admitted=admission is not None,
        **_of_admission(admission),
        paced=settings.paced,
        known_af=settings.known_af,
        hr_low_bpm=limits.hr_low_bpm,
        hr_high_bpm=limits.hr_high_bpm,
        pause_s=limits.pause_s,
        pvc_per_minute=limits.pvc_per_minute,
        off=[off_view(one) for one in settings.off],
        standby_until_ms=None if standby is None else standby.until_ns // _NS_PER_MS,
        standby_by=None if standby is None else standby.by,
        ranges=admissions.RANGES,
    )


def _of_admission(admission: Admission | None) -> dict[str, str | int | None]:
    if admission is None:
        return dict.fromkeys(("admission_id", "admitted_ms", "admitted_by", "settings_by", "settings_ms"))
    return {
        "admission_id": admission.admission_id,
        "admitted_ms": admission.admitted_ns // _NS_PER_MS,
        "admitted_by": admission.admitted_by,
        "settings_by": admission.settings_by,
        "settings_ms": admission.settings_ns // _NS_PER_MS,
    }
