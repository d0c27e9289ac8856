"""The verdicts of the last minutes, for screens and programs."""

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from dashboard.api.windows import of_present_patient
from tests.support.samples import make_status, make_window
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import Window
from wardbeat.store import redis_keys
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LiveStore


def windows_of(*admissions: str | None) -> list[Window]:
    """A window of each of these admissions, one after the other."""
    return [
        msgspec.structs.replace(make_window(number=number), admission_id=admission_id)
        for number, admission_id in enumerate(admissions)
    ]


@pytest.mark.parametrize(
    ("admissions", "present", "shown"),
    [
        ([], None, 0),
        ([None, None], None, 2),
        (["a", "a"], "b", 0),
        (["a", "a", "b"], "b", 1),
        ([None, "a", None, None], None, 2),
        (["a", "a"], None, 0),
    ],
)
def test_no_window_of_another_patient_is_shown(admissions: list[str | None], present: str | None, shown: int) -> None:
    windows = windows_of(*admissions)
    assert of_present_patient(windows, present) == windows[len(windows) - shown :]


@pytest.mark.slow
async def test_the_windows_of_a_bed_are_read_oldest_first(api: httpx.AsyncClient, redis: Redis) -> None:
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1})
    assert (await api.get("/api/v1/streams/bed-1/windows")).json() == []
    windows = [make_window(number=1, verdict="abnormal", conditions=("asystole", "pause")), make_window(number=0)]
    await LiveStore(redis).write([], [], now_s=1.0, windows=windows)
    first, second = (await api.get("/api/v1/streams/bed-1/windows")).json()
    assert (first["from_ms"], first["until_ms"], first["words"]) == (0, 5000, "Normal")
    assert (second["from_ms"], second["verdict"], second["conditions"]) == (5000, "abnormal", ["Asystole", "Pause"])
    assert second["priority"] == "high"
    assert (await api.get("/api/v1/streams/bed-9/windows")).status_code == 404


@pytest.mark.slow
async def test_a_new_patient_begins_with_no_windows(api: httpx.AsyncClient, redis: Redis) -> None:
    await LiveStore(redis).write([make_status()], [], now_s=1.0, windows=[make_window()])
    bed = await AdmissionStore(redis).admit("bed-1", PatientSettings(), "AB")
    assert (await api.get("/api/v1/streams/bed-1/windows")).json() == []
    assert bed.admission is not None
    own = msgspec.structs.replace(make_window(number=1), admission_id=bed.admission.admission_id)
    await LiveStore(redis).write([], [], now_s=1.0, windows=[own])
    (shown,) = (await api.get("/api/v1/streams/bed-1/windows")).json()
    assert shown["from_ms"] == 5000
