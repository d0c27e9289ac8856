"""The ward's limits."""

import json

import httpx
import pytest
from redis.asyncio import Redis

from wardbeat.store import redis_keys

pytestmark = pytest.mark.slow  # a real Redis

DEFAULTS = "/api/v1/ward-defaults"
BED = "/api/v1/beds/bed-1"


async def test_they_hold_for_each_bed_without_an_own_limit(api: httpx.AsyncClient, redis: Redis) -> None:
    await redis.zadd(redis_keys.STREAMS, {"bed-1": 1})
    shipped = (await api.get(DEFAULTS)).json()
    assert (shipped["version"], shipped["by"], shipped["limits"]["hr_low_bpm"]) == (0, None, 50)
    assert shipped["ranges"]["hr_high_delay_s"] == [1, 10]
    changed = (await api.put(DEFAULTS, json={"by": "ab", "hr_low_bpm": 45, "hr_high_delay_s": 5})).json()
    assert (changed["version"], changed["by"], changed["since_ms"] > 0) == (1, "AB", True)
    assert (await api.get(BED)).json()["hr_low_bpm"] == 45
    bed = (await api.post(f"{BED}/admit", json={"by": "AB", "hr_high_bpm": 130})).json()
    assert (bed["hr_low_bpm"], bed["hr_high_bpm"], bed["own_limits"]) == (45, 130, ["hr_high_bpm"])
    bed = (await api.put(f"{BED}/limits", json={"by": "AB", "ward_limits": ["hr_high_bpm"], "pause_s": 2.5})).json()
    assert (bed["hr_high_bpm"], bed["pause_s"], bed["own_limits"]) == (120, 2.5, ["pause_s"])
    wrong = await api.put(f"{BED}/limits", json={"by": "AB", "ward_limits": ["vt_bpm"]})
    assert (wrong.status_code, wrong.json()["detail"][0]["loc"]) == (422, ["body", "ward_limits", "0"])
    assert bed["ward_defaults"]["hr_high_delay_s"] == bed["hr_high_delay_s"] == 5


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"hr_low_bpm": 45}, 422, "by"),
        ({"by": "AB", "hr_low_bpm": 10}, 409, "from 30 to 100, 10 given"),
        ({"by": "AB", "slight_excess_min": 1.5}, 422, "slight_excess_min"),
        ({"by": "AB", "hr_high_delay_s": 1e999}, 409, "hr_high_delay_s"),
    ],
)
async def test_a_refusal_has_its_reason(
    api: httpx.AsyncClient, body: dict[str, object], status: int, reason: str
) -> None:
    content = json.dumps(body).replace("Infinity", "1e999")
    answer = await api.put(DEFAULTS, content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, reason in str(answer.json()["detail"])) == (status, True)
