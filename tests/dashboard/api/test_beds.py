"""Admissions, limits, categories and standby."""

import httpx
import pytest
from redis.asyncio import Redis

from wardbeat.contracts.messages import Alert
from wardbeat.store import redis_keys

pytestmark = pytest.mark.slow  # a real Redis

BED = "/api/v1/beds/bed-1"


@pytest.fixture(autouse=True)
async def _streams(redis: Redis) -> None:
    """Two streams that have sent data."""
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})


async def test_a_patient_is_admitted_moved_and_discharged(api: httpx.AsyncClient) -> None:
    bed = (await api.get(BED)).json()
    assert (bed["admitted"], bed["hr_low_bpm"], bed["ranges"]["hr_low_bpm"]) == (False, 50, [30, 100])
    bed = (await api.post(f"{BED}/admit", json={"by": "ab", "known_af": True, "hr_high_bpm": 130})).json()
    assert (bed["admitted"], bed["admitted_by"], bed["known_af"], bed["hr_high_bpm"]) == (True, "AB", True, 130)
    bed = (await api.put(f"{BED}/limits", json={"by": "CD", "pause_s": 2.5})).json()
    assert (bed["hr_high_bpm"], bed["pause_s"], bed["settings_by"]) == (130, 2.5, "CD")
    bed = (await api.put(f"{BED}/category", json={"by": "CD", "paced": True})).json()
    assert (bed["paced"], bed["known_af"]) == (True, True)
    moved = (await api.post(f"{BED}/transfer", json={"by": "CD", "to": "bed-2"})).json()
    assert (moved["stream_id"], moved["admission_id"], moved["paced"]) == ("bed-2", bed["admission_id"], True)
    left = (await api.get(BED)).json()
    assert (left["admitted"], left["standby_by"]) == (False, "CD")
    over = (await api.post("/api/v1/beds/bed-2/discharge", json={"by": "EF"})).json()
    assert (over["admitted"], over["paced"]) == (False, False)
    assert [bed["stream_id"] for bed in (await api.get("/api/v1/beds")).json()] == ["bed-1", "bed-2"]


async def test_standby_begins_and_ends(api: httpx.AsyncClient) -> None:
    bed = (await api.post(f"{BED}/standby", json={"by": "AB", "minutes": 30})).json()
    assert bed["standby_until_ms"] > 0
    bed = (await api.post(f"{BED}/resume", json={"by": "AB"})).json()
    assert bed["standby_until_ms"] is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "admit", {"by": "AB", "hr_low_bpm": 20}, 409, "from 30 to 100, 20 given"),
        ("POST", "admit", {}, 422, "by"),
        ("POST", "discharge", {"by": "AB"}, 409, "no patient is admitted"),
        ("POST", "transfer", {"by": "AB", "to": "bed-9"}, 404, "no device has ever sent data"),
        ("POST", "transfer", {"by": "AB", "to": "../x"}, 404, "'../x': no device has ever sent data"),
        ("PUT", "limits", {"by": "AB", "hr_low_bpm": 60}, 409, "admit the patient first"),
        ("PUT", "limits", {"by": "AB", "hr_low_bpm": 60.5}, 422, "hr_low_bpm"),
        ("POST", "standby", {"by": "AB", "minutes": 0}, 422, "minutes"),
        ("POST", "standby", {"by": "AB", "minutes": 1000}, 422, "minutes"),
    ],
)
async def test_a_refusal_has_its_reason(
    api: httpx.AsyncClient, method: str, path: str, body: dict[str, object], status: int, reason: str
) -> None:
    answer = await api.request(method, f"{BED}/{path}", json=body)
    assert answer.status_code == status
    assert reason in str(answer.json()["detail"])


async def test_other_sites_may_not_act(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{BED}/admit", json={"by": "AB"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


async def test_a_patient_is_learnt_again(api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/beds/bed-1/relearn", json={"by": "AB"})).status_code == 409
    await api.post("/api/v1/beds/bed-1/admit", json={"by": "AB"})
    answer = await api.post("/api/v1/beds/bed-1/relearn", json={"by": "CD"})
    assert (answer.status_code, answer.json()["settings_by"]) == (200, "CD")


async def test_a_bed_is_removed_without_a_patient(api: httpx.AsyncClient, alert: Alert) -> None:
    admitted = await api.post("/api/v1/beds/bed-1/admit", json={"by": "AB"})
    assert admitted.status_code == 200
    refused = await api.post("/api/v1/beds/bed-1/remove", json={"by": "AB"})
    assert (refused.status_code, "discharge" in refused.json()["detail"]) == (409, True)
    await api.post("/api/v1/beds/bed-1/discharge", json={"by": "AB"})
    assert (await api.post("/api/v1/beds/bed-1/remove", json={"by": "AB"})).status_code == 204
    assert (await api.post("/api/v1/beds/bed-1/remove", json={"by": "AB"})).status_code == 404
    history = (await api.get("/api/v1/alerts", params={"stream_id": "bed-1"})).json()
    assert [one["state"] for one in history] == ["resolved"]
