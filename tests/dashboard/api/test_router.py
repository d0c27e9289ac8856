"""Beds and alerts for programs, and what all routes share: ids, initials, errors, health."""

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from dashboard.feed.beds import BedReader
from dashboard.feed.live import Live
from dashboard.server import create_app
from tests.support.samples import make_alert, make_status
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import Alert
from wardbeat.settings import Settings
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.history_store import HistoryStore
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # a real Redis

SETTINGS = Settings(dashboard_hosts=("ward.example",))
UNKNOWN = "00000000-0000-5000-8000-000000000000"


async def test_beds_are_listed(api: httpx.AsyncClient, live: Live, redis: Redis) -> None:
    assert (await api.get("/api/v1/streams")).status_code == 503  # the feed has read nothing yet
    store = LiveStore(redis)
    await store.write_health(WorkerHealth("w", 0, 12, 1, 0, 0, 0))
    await store.write([make_status(acquired_ns=2**62)], [], now_s=1.0)
    live.ward = await BedReader(store, HistoryStore(redis)).read()
    (bed,) = (await api.get("/api/v1/streams")).json()
    assert (bed["stream_id"], bed["hr_bpm"]) == ("bed-1", 72.0)
    assert (await api.get("/api/v1/streams/bed-1/status")).json() == bed
    missing = await api.get("/api/v1/streams/bed-2/status")
    assert (missing.status_code, "The beds there are, the closest names first: bed-1" in missing.json()["detail"]) == (
        404,
        True,
    )


@pytest.mark.parametrize("path", ["alerts/no-uuid", "alerts?state=x"])
async def test_ids_are_checked_before_they_are_used(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(f"/api/v1/{path}")).status_code == 422


async def test_an_alert_is_read_with_its_evidence(api: httpx.AsyncClient, alert: Alert) -> None:
    (listed,) = (await api.get("/api/v1/alerts")).json()
    assert (listed["alert_id"], listed["words"]) == (alert.alert_id, "Ventricular tachycardia")
    detail = (await api.get(f"/api/v1/alerts/{alert.alert_id}")).json()
    assert detail["evidence"]["rule"] == "RR interval"
    assert (await api.get(f"/api/v1/alerts/{UNKNOWN}")).status_code == 404


async def test_an_alert_is_acknowledged_and_resolved_after_its_condition(
    api: httpx.AsyncClient, redis: Redis, alert: Alert
) -> None:
    path = f"/api/v1/alerts/{alert.alert_id}"
    early = await api.post(f"{path}/resolve", json={"by": "ab"})
    assert (early.status_code, "condition still lasts" in early.json()["detail"]) == (409, True)
    acknowledged = (await api.post(f"{path}/acknowledge", json={"by": " ab "})).json()
    assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", "AB")

    await AlertStore(redis).take(msgspec.structs.replace(alert, ended_sample=9000))
    history = (await api.get("/api/v1/alerts", params={"stream_id": "bed-1", "state": "resolved"})).json()
    assert [one["alert_id"] for one in history] == [alert.alert_id]
    late = await api.post(f"{path}/resolve", json={"by": "CD"})
    assert (late.status_code, late.json()["resolved_by"]) == (
        200,
        None,
    )  # it was resolved automatically; nothing changes


async def test_the_limit_counts_after_the_state_and_the_priority(api: httpx.AsyncClient, redis: Redis) -> None:
    store = AlertStore(redis)
    old = make_alert("asystole", onset_sample=1)
    await store.take(msgspec.structs.replace(old, ended_sample=500))
    await store.acknowledge(old.alert_id, "AB")
    for n in range(2, 8):
        await store.take(make_alert("couplet", onset_sample=n))
    urgent = make_alert("ventricular_tachycardia", stream_id="bed-2", onset_sample=9)
    await store.take(urgent)

    async def listed(**params: str | int) -> list[str]:
        answer = await api.get("/api/v1/alerts", params=params)
        assert answer.status_code == 200
        return [one["alert_id"] for one in answer.json()]

    assert await listed(stream_id="bed-1", state="resolved", limit=1) == [old.alert_id]
    assert await listed(limit=1) == [urgent.alert_id]
    assert len(await listed(state="active", limit=500)) == 7
    assert len(await listed(stream_id="bed-1", state="active", limit=4)) == 4
    assert await listed(state="resolved") == [], "without a stream, open alerts only"


async def test_open_alerts_of_the_canary_are_not_listed(api: httpx.AsyncClient, alert: Alert, redis: Redis) -> None:
    test = msgspec.structs.replace(make_alert("asystole", stream_id="wardbeat-canary"), origin="canary")
    await AlertStore(redis).take(test)
    assert [one["alert_id"] for one in (await api.get("/api/v1/alerts")).json()] == [alert.alert_id]


async def test_alerts_of_other_patients_do_not_count_for_the_limit(api: httpx.AsyncClient, redis: Redis) -> None:
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})
    admission = (await AdmissionStore(redis).admit("bed-1", PatientSettings(), "AB")).admission
    assert admission is not None
    own = msgspec.structs.replace(make_alert("pause", onset_sample=1), admission_id=admission.admission_id)
    await AlertStore(redis).take(own)
    for n in range(2, 8):
        await AlertStore(redis).take(make_alert("couplet", onset_sample=n))
    answer = (await api.get("/api/v1/beds/bed-1/alerts", params={"limit": 1})).json()
    assert [one["alert_id"] for one in answer] == [own.alert_id]


@pytest.mark.parametrize("by", ["", "A", "ABCDE", "A1", "<b>", None])
async def test_an_act_needs_initials(api: httpx.AsyncClient, alert: Alert, by: str | None) -> None:
    answer = await api.post(f"/api/v1/alerts/{alert.alert_id}/acknowledge", json={"by": by})
    assert answer.status_code == 422
    record = await api.get(f"/api/v1/alerts/{alert.alert_id}")
    assert record.json()["state"] == "active"


@pytest.mark.parametrize("act", ["acknowledge", "resolve"])
async def test_an_act_on_an_unknown_alert_is_404(api: httpx.AsyncClient, act: str) -> None:
    assert (await api.post(f"/api/v1/alerts/{UNKNOWN}/{act}", json={"by": "AB"})).status_code == 404


async def test_a_foreign_page_can_not_act(api: httpx.AsyncClient, alert: Alert) -> None:
    path = f"/api/v1/alerts/{alert.alert_id}/acknowledge"
    answer = await api.post(path, json={"by": "AB"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    form = await api.post(path, content='{"by":"AB"}', headers={"content-type": "text/plain"})
    assert form.status_code == 422  # a form of any page may send this, but it is no JSON
    assert (await api.get(f"/api/v1/alerts/{alert.alert_id}")).json()["state"] == "active"


async def test_an_unknown_path_is_no_page(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/v1/nothing")).status_code == 404
    assert (await api.get("/docs")).status_code == 404  # it would load scripts from another server
    assert "/api/v1/alerts/{alert_id}" in (await api.get("/api/v1/openapi.json")).json()["paths"]


async def test_health_and_data_are_503_while_redis_is_away() -> None:
    async with connect("redis://127.0.0.1:1/0") as redis:
        app = create_app(redis, Live(redis), SETTINGS)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ward.example") as client:
            health = await client.get("/healthz")
            assert (health.status_code, health.json()["redis"]) == (503, False)
            assert (await client.get("/api/v1/alerts")).status_code == 503
            assert (await client.get("/api/v1/streams")).status_code == 503


async def test_health_is_good_when_redis_answers(api: httpx.AsyncClient) -> None:
    assert (await api.get("/healthz")).json() == {"redis": True, "problem": None}
