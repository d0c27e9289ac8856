"""Alert codes, and switching them off for a patient."""

import httpx
import pytest
from redis.asyncio import Redis

from tests.support.samples import make_status
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.alert_codes import CODES
from wardbeat.store import redis_keys
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.live_store import LiveStore

pytestmark = pytest.mark.slow  # a real Redis


async def test_the_most_dangerous_codes_can_not_be_switched_off(api: httpx.AsyncClient, redis: Redis) -> None:
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1})
    codes = (await api.get("/api/v1/alert-codes")).json()
    assert [code["code"] for code in codes] == list(CODES)
    never = {code["code"] for code in codes if not code["may_be_off"]}
    assert {"asystole", "ventricular_fibrillation", "ventricular_tachycardia", "lead_off", "no_data"} <= never
    for code in never:
        answer = await api.post("/api/v1/streams/bed-1/off", json={"by": "AB", "code": code, "reason": "known"})
        assert answer.status_code == 409, code


async def test_a_code_is_switched_off_with_a_reason_for_an_admitted_patient(
    api: httpx.AsyncClient, redis: Redis
) -> None:
    await LiveStore(redis).write([make_status(acquired_ns=2**62)], [], now_s=1.0)
    path, act = "/api/v1/streams/bed-1", {"by": "ab", "code": "couplet", "reason": " known "}
    refused = await api.post(f"{path}/off", json=act)
    assert (refused.status_code, "admit" in refused.json()["detail"]) == (409, True)
    await AdmissionStore(redis).admit("bed-1", PatientSettings(), "AB")
    for wrong in ({**act, "reason": " "}, {**act, "code": "boredom"}):
        assert (await api.post(f"{path}/off", json=wrong)).status_code == 422
    (off,) = (await api.post(f"{path}/off", json=act)).json()
    assert (off["code"], off["words"], off["reason"], off["by"]) == ("couplet", "Ventricular couplet", "known", "AB")
    assert (await api.get("/api/v1/beds/bed-1")).json()["off"] == [off]
    assert (await api.post(f"{path}/on", json={"by": "CD", "code": "couplet"})).json() == []


@pytest.mark.parametrize("reason", ["paced rhythm", "pause_s", "<b>x</b>", "high"])
async def test_a_reason_is_stored_verbatim(api: httpx.AsyncClient, redis: Redis, reason: str) -> None:
    await LiveStore(redis).write([make_status(acquired_ns=2**62)], [], now_s=1.0)
    await AdmissionStore(redis).admit("bed-1", PatientSettings(), "AB")
    act = {"by": "AB", "code": "couplet", "reason": reason}
    (off,) = (await api.post("/api/v1/streams/bed-1/off", json=act)).json()
    assert off["reason"] == reason
    newest = (await api.get("/api/v1/streams/bed-1/audit", params={"limit": 1})).json()[0]
    assert (newest["act"], newest["detail"]) == ("switched off", f"couplet: {reason}")
