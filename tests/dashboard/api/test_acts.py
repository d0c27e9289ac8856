"""Acts on alerts and on the sound, what is switched off, and who did what."""

import httpx
import pytest
from redis.asyncio import Redis

from tests.dashboard.api.test_router import UNKNOWN, alert, api, live, redis
from tests.support.samples import make_status
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import Alert
from wardbeat.store.admission_store import AdmissionStore
from wardbeat.store.live_store import LiveStore

__all__ = ["alert", "api", "live", "redis"]
pytestmark = pytest.mark.slow  # a real Redis


async def test_what_is_said_of_an_alert_stays_with_it_and_in_the_audit(api: httpx.AsyncClient, alert: Alert) -> None:
    path = f"/api/v1/alerts/{alert.alert_id}"
    view = (await api.post(f"{path}/acknowledge", json={"by": "ab", "comment": " pulse is there "})).json()
    assert [(comment["text"], comment["by"]) for comment in view["comments"]] == [("pulse is there", "AB")]
    assert view["sounds_again_ms"] == view["calls_from_ms"] == view["acknowledged_ms"] + 120_000
    second = (await api.post(f"{path}/acknowledge", json={"by": "cd"})).json()
    assert second["acknowledged_by"] == "AB"  # who comes second sees who was first
    assert (await api.post(f"{path}/comments", json={"by": "cd", "text": "doctor told"})).status_code == 200
    for words in (" ", "x" * 501):
        assert (await api.post(f"{path}/comments", json={"by": "cd", "text": words})).status_code == 422
    audit = (await api.get(f"{path}/audit")).json()
    assert [(entry["act"], entry["by"]) for entry in audit] == [
        ("commented", "CD"), ("commented", "AB"), ("acknowledged", "AB"), ("raised", "monitor"),
    ]  # fmt: skip
    assert (await api.get("/api/v1/streams/bed-1/audit", params={"limit": 2})).json() == audit[:2]
    assert (await api.get(f"/api/v1/alerts/{UNKNOWN}/audit")).status_code == 404


async def test_sound_is_paused_by_bed_and_ward(api: httpx.AsyncClient) -> None:
    paused = (await api.post("/api/v1/streams/bed-1/pause", json={"by": "ab", "seconds": 60})).json()
    assert paused["until_ms"] - paused["since_ms"] == 60_000
    assert (await api.post("/api/v1/ward/pause", json={"by": "cd"})).status_code == 200
    assert (await api.post("/api/v1/ward/pause", json={"by": "cd", "seconds": 121})).status_code == 422
    assert {pause["stream_id"] for pause in (await api.get("/api/v1/pauses")).json()} == {"bed-1", None}
    assert (await api.post("/api/v1/streams/bed-1/resume", json={"by": "ab"})).status_code == 204
    assert (await api.post("/api/v1/ward/resume", json={"by": "ab"})).status_code == 204
    assert (await api.get("/api/v1/pauses")).json() == []
    audit = (await api.get("/api/v1/audit")).json()
    assert [(entry["act"], entry["by"], entry["detail"]) for entry in audit] == [
        ("resumed", "AB", ""), ("paused", "CD", "120 s"),
    ]  # fmt: skip


async def test_what_kills_can_not_be_switched_off(api: httpx.AsyncClient) -> None:
    codes = (await api.get("/api/v1/alert-codes")).json()
    assert [code["code"] for code in codes] == list(CODES)
    never = {code["code"] for code in codes if not code["may_be_off"]}
    assert {"asystole", "ventricular_fibrillation", "ventricular_tachycardia", "lead_off", "no_data"} <= never
    for code in never:
        answer = await api.post("/api/v1/streams/bed-1/off", json={"by": "AB", "code": code, "reason": "known"})
        assert answer.status_code == 409, code


async def test_a_kind_of_alert_is_switched_off_with_a_reason_for_an_admitted_patient(
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
