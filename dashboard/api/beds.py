"""``/api/v1/beds``: admissions, limits, categories and standby."""

from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from dashboard.api.router import ActRequest
from dashboard.api.values import AlertLimit, BedName, PresentBed, StandbyMinutes
from dashboard.views import AlertView, OffView, alert_view, off_view
from wardbeat.care import admissions
from wardbeat.care.admissions import Admission, Bed, PatientSettings
from wardbeat.care.ward_defaults import WardDefaults, settings_in_force
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.beds.bed_removal import BedRemoval

LimitName = Annotated[str, StringConstraints(pattern=f"^({'|'.join(admissions.RANGES)})$")]
_NS_PER_MS = 1_000_000


class LimitChanges(BaseModel):
    """Limits of a patient or the ward. A missing limit is not changed; at an admission it is the ward's."""

    hr_low_bpm: int | None = None
    hr_high_bpm: int | None = None
    pause_s: float | None = None
    pvc_per_minute: int | None = None
    hr_low_delay_s: float | None = None
    hr_high_delay_s: float | None = None
    slight_excess_min: int | None = None

    def changes(self) -> dict[str, float]:
        """The given limits by name."""
        return {name: value for name in admissions.RANGES if (value := getattr(self, name)) is not None}


class AdmitRequest(ActRequest, LimitChanges):
    """The initials, the category and the limits of an admission."""

    paced: bool = False
    known_af: bool = False


class TransferRequest(ActRequest):
    """The target bed of a transfer."""

    to: BedName


class StandbyRequest(ActRequest):
    """The longest time of a standby in minutes."""

    minutes: StandbyMinutes


class LimitsRequest(ActRequest, LimitChanges):
    """The initials, the limits to change, and the names of those that are to be the ward's again."""

    ward_limits: list[LimitName] = []


class CategoryRequest(ActRequest):
    """The category of a patient. A missing field is not changed."""

    paced: bool | None = None
    known_af: bool | None = None


class BedSettingsView(BaseModel):
    """The settings of a bed, with the limits in force. Times are Unix time in ms.

    ``own_limits`` are the names of those that are the patient's own; the others are the ward's, as in
    ``ward_defaults``. ``ranges`` has the smallest and largest value of each limit.
    """

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
    hr_low_delay_s: float
    hr_high_delay_s: float
    slight_excess_min: int
    own_limits: list[str]
    ward_defaults: dict[str, float]
    settings_by: str | None
    settings_ms: int | None
    off: list[OffView]
    standby_until_ms: int | None
    standby_by: str | None
    ranges: dict[str, tuple[float, float]]


def bed_routes(store: AdmissionStore, removal: BedRemoval) -> APIRouter:
    """The routes of ``/api/v1/beds``."""
    routes = APIRouter(prefix="/api/v1/beds", tags=["beds"])

    @routes.get("")
    async def list_beds() -> list[BedSettingsView]:
        """All beds in which staff have ever set anything."""
        beds = await store.beds()
        defaults = await store.defaults.read()
        return [bed_settings(bed, defaults, store.now_ns()) for _, bed in sorted(beds.items())]

    @routes.get("/{stream_id}")
    async def get_bed(stream_id: PresentBed) -> BedSettingsView:
        """One bed. A bed in which staff have set nothing has the defaults."""
        return await _view(store, await store.bed(stream_id))

    @routes.get("/{stream_id}/alerts")
    async def list_alerts(stream_id: PresentBed, limit: AlertLimit = 100) -> list[AlertView]:
        """The alerts of the admitted patient, also from former beds, newest first. No alerts of other patients."""
        admission = (await store.bed(stream_id)).admission
        records = [] if admission is None else await store.alerts(admission, limit)
        return [alert_view(record) for record in records]

    @routes.post("/{stream_id}/admit")
    async def admit(stream_id: PresentBed, act: AdmitRequest) -> BedSettingsView:
        """Admit a patient. The monitor starts from the beginning with these limits."""
        settings = PatientSettings(paced=act.paced, known_af=act.known_af, own_limits=())
        settings = admissions.with_own_limits(settings, act.changes())
        return await _view(store, await store.admit(stream_id, settings, act.by))

    @routes.post("/{stream_id}/transfer")
    async def transfer(stream_id: PresentBed, act: TransferRequest) -> BedSettingsView:
        """Move the patient to a free bed. The response is the new bed."""
        return await _view(store, await store.transfer(stream_id, act.to, act.by))

    @routes.post("/{stream_id}/discharge")
    async def discharge(stream_id: PresentBed, act: ActRequest) -> BedSettingsView:
        """Discharge the patient. The alerts are closed, and the monitor starts from the beginning."""
        await store.discharge(stream_id, act.by)
        return await _view(store, await store.bed(stream_id))

    @routes.post("/{stream_id}/standby")
    async def begin_standby(stream_id: PresentBed, act: StandbyRequest) -> BedSettingsView:
        """Begin a standby: the patient is away."""
        return await _view(store, await store.begin_standby(stream_id, act.minutes * 60, act.by))

    @routes.post("/{stream_id}/resume")
    async def resume(stream_id: PresentBed, act: ActRequest) -> BedSettingsView:
        """End the standby."""
        return await _view(store, await store.end_standby(stream_id, act.by))

    @routes.post("/{stream_id}/remove", status_code=204)
    async def remove(stream_id: PresentBed, act: ActRequest) -> None:
        """Remove a bed without a patient, with its stream. Its alerts are closed. A device that sends makes it anew."""
        await removal.remove(stream_id, act.by)

    _add_setting_routes(routes, store)
    return routes


def _add_setting_routes(routes: APIRouter, store: AdmissionStore) -> None:
    """The routes that change how the monitor treats the patient."""

    @routes.post("/{stream_id}/relearn")
    async def relearn(stream_id: PresentBed, act: ActRequest) -> BedSettingsView:
        """Let the monitor learn the patient again, after new electrodes. Its rules that need this wait for 30 s."""
        return await _view(store, await store.relearn(stream_id, act.by))

    @routes.put("/{stream_id}/limits")
    async def set_limits(stream_id: PresentBed, act: LimitsRequest) -> BedSettingsView:
        """Change limits of the patient, and give others back to the ward."""
        return await _view(store, await store.set_limits(stream_id, act.by, act.ward_limits, **act.changes()))

    @routes.put("/{stream_id}/category")
    async def set_category(stream_id: PresentBed, act: CategoryRequest) -> BedSettingsView:
        """Change the category of the patient."""
        bed = await store.set_category(stream_id, act.by, paced=act.paced, known_af=act.known_af)
        return await _view(store, bed)


async def _view(store: AdmissionStore, bed: Bed) -> BedSettingsView:
    return bed_settings(bed, await store.defaults.read(), store.now_ns())


def bed_settings(bed: Bed, defaults: WardDefaults, now_ns: int) -> BedSettingsView:
    """The view of a bed at this time."""
    admission, settings = bed.admission, settings_in_force(bed, defaults)
    own = admissions.RANGES if admission and settings.own_limits is None else settings.own_limits or ()
    standby = bed.standby if admissions.on_standby(bed, now_ns) else None
    limits = settings.limits
    return BedSettingsView(
        stream_id=bed.stream_id,
        admitted=admission is not None,
        **_admission_fields(admission),
        paced=settings.paced,
        known_af=settings.known_af,
        **msgspec.structs.asdict(limits),
        own_limits=list(own),
        ward_defaults=msgspec.structs.asdict(defaults.limits),
        off=[off_view(one) for one in settings.off],
        standby_until_ms=None if standby is None else standby.until_ns // _NS_PER_MS,
        standby_by=None if standby is None else standby.by,
        ranges={name: (limit.low, limit.high) for name, limit in admissions.RANGES.items()},
    )


def _admission_fields(admission: Admission | None) -> dict[str, str | int | None]:
    if admission is None:
        return dict.fromkeys(("admission_id", "admitted_ms", "admitted_by", "settings_by", "settings_ms"))
    return {
        "admission_id": admission.admission_id,
        "admitted_ms": admission.admitted_ns // _NS_PER_MS,
        "admitted_by": admission.admitted_by,
        "settings_by": admission.settings_by,
        "settings_ms": admission.settings_ns // _NS_PER_MS,
    }
