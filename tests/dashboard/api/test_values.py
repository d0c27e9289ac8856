"""What every route of ``/api/v1`` takes and refuses: no value is an error of the server, and none makes a bed."""

import json
import math
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from redis.asyncio import Redis

from wardbeat.contracts.messages import Alert
from wardbeat.store import redis_keys

pytestmark = pytest.mark.slow  # a real Redis

HOSTILE: list[Any] = [
    math.nan,
    math.inf,
    -math.inf,
    -1,
    10**400,
    "",
    " ",
    "nan",
    "x" * 300,
    "a\nb",
    "\udcff",
    "\x00",
    None,
    [],
    {},
    True,
]
GOOD: dict[str, Any] = {
    "by": "AB", "text": "seen", "comment": "seen", "seconds": 30, "minutes": 30, "to": "bed-2", "code": "couplet",
    "reason": "known", "paced": True, "known_af": True, "hr_low_bpm": 45, "hr_high_bpm": 130, "pause_s": 2.5,
    "pvc_per_minute": 20, "hr_low_delay_s": 4, "hr_high_delay_s": 4, "slight_excess_min": 5, "ward_limits": ["pause_s"],
}  # fmt: skip


async def routes(api: httpx.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    """Every route: its method, its path and its description."""
    paths = (await api.get("/api/v1/openapi.json")).json()["paths"]
    return [
        (method.upper(), path, about)
        for path, methods in paths.items()
        if path.startswith("/api/v1/")
        for method, about in methods.items()
    ]


async def bodies(api: httpx.AsyncClient, about: dict[str, Any]) -> list[dict[str, Any]]:
    """A good body of a route, and the same with each field hostile; without a body, an empty one."""
    if "requestBody" not in about:
        return [{}]
    name = about["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    schemas = (await api.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    good = {field: GOOD[field] for field in schemas[name]["properties"]}
    return [good, *({**good, field: value} for field in good for value in HOSTILE)]


async def test_every_hostile_value_is_answered_without_an_error_of_the_server(
    api: httpx.AsyncClient, redis: Redis, alert: Alert
) -> None:
    tried = 0
    for method, path, about in await routes(api):
        await redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})  # a route may have removed a bed
        there = path.replace("{stream_id}", "bed-1").replace("{alert_id}", alert.alert_id)
        for body in await bodies(api, about):
            content = json.dumps(body) if body else None
            headers = {"content-type": "application/json"} if body else {}
            answer = await api.request(method, there, content=content, headers=headers)
            assert answer.status_code in {200, 204, 404, 409, 422, 400, 503}, (method, path, body, answer.text)
            tried += 1
        for parameter in about.get("parameters", []):
            for value in ("", "nan", "inf", "-1", "0", "9" * 400, "x" * 300, "a\nb", "\x00"):
                if parameter["in"] == "query":
                    answer = await api.request(method, there, params={parameter["name"]: value})
                else:
                    wrong = path.format(
                        **dict.fromkeys(("stream_id", "alert_id", "screen_id"), quote(value, safe="") or "%20")
                    )
                    answer = await api.request(method, wrong)
                assert answer.status_code in {200, 204, 404, 405, 409, 422, 503}, (
                    method,
                    path,
                    parameter,
                    value,
                    answer.text,
                )
                tried += 1
    assert tried > 500
    assert set(await redis.hkeys(redis_keys.BEDS)) <= {b"bed-1", b"bed-2"}, "no ghost bed"
    assert set(await redis.zrange(redis_keys.STREAMS, 0, -1)) <= {b"bed-1", b"bed-2"}


@pytest.mark.parametrize("by", ["ŁŚ", "李明", "łś", "ابن", "김민수"])
async def test_initials_of_any_script_are_taken(api: httpx.AsyncClient, alert: Alert, by: str) -> None:
    answer = await api.post(f"/api/v1/alerts/{alert.alert_id}/acknowledge", json={"by": by})
    assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, by.upper())


@pytest.mark.parametrize("by", ["", "  ", "x" * 300, "A\nB", "A\x00", "\u3164\u3164", 12, True, ["AB"]])
async def test_initials_that_name_nobody_are_refused(api: httpx.AsyncClient, alert: Alert, by: object) -> None:
    answer = await api.post(f"/api/v1/alerts/{alert.alert_id}/acknowledge", json={"by": by})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", "by"])
    assert (await api.get(f"/api/v1/alerts/{alert.alert_id}")).json()["state"] == "active"


@pytest.mark.parametrize("bed", ["bde-1", "bed 1", "-bed-1", "<script>", "b" * 300, "李明", "bed-1\n"])
async def test_every_route_that_takes_a_bed_names_the_beds_for_one_that_is_not_there(
    api: httpx.AsyncClient, redis: Redis, alert: Alert, bed: str
) -> None:
    asked = 0
    for method, path, about in await routes(api):
        if "{stream_id}" not in path or path.endswith("/status"):
            continue
        body = (await bodies(api, about))[0]
        answer = await api.request(method, path.replace("{stream_id}", quote(bed)), json=body or None)
        assert answer.status_code == 404, (method, path, answer.text)
        assert "closest names first: bed-1" in answer.json()["detail"]
        asked += 1
    assert asked >= 13
    unknown = await api.get("/api/v1/alerts", params={"stream_id": bed})
    assert (unknown.status_code, "bed-1" in unknown.json()["detail"]) == (404, True)
    body = {"by": "AB", "to": f"{bed}9"}
    assert "bed-1" in (await api.post("/api/v1/beds/bed-1/transfer", json=body)).json()["detail"]
    assert await redis.hlen(redis_keys.BEDS) == await redis.hlen(redis_keys.PAUSES) == 0
