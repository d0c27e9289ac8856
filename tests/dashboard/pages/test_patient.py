"""The layout of the patient page, and its one callback."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from dashboard.feed.live import Live
from dashboard.pages import patient
from dashboard.server import ASSETS, create_app
from tests.support.layouts import ids_of
from wardbeat.contracts.messages import Alert
from wardbeat.settings import Settings
from wardbeat.store.redis_client import connect

UNKNOWN = "00000000-0000-5000-8000-000000000000"


def test_every_element_that_the_script_looks_up_is_in_the_page() -> None:
    script = (ASSETS / "patient.js").read_text(encoding="utf-8")
    wanted = set(re.findall(r'getElementById\("([\w-]+)"\)', script))
    assert {"vitals", "bedside", "leads", "alerts", "alert-history", "evidence", "bed-log"} <= wanted
    assert wanted <= ids_of(patient.layout())
    assert f'CHOSEN_STORE = "{patient.CHOSEN_ALERT}"' in script


async def evidence_of(api: httpx.AsyncClient, chosen: object) -> str:
    """The answer of the callback, asked as Dash's own script asks it."""
    body = {
        "output": "evidence.children",
        "outputs": {"id": "evidence", "property": "children"},
        "inputs": [{"id": patient.CHOSEN_ALERT, "property": "data", "value": chosen}],
        "changedPropIds": [f"{patient.CHOSEN_ALERT}.data"],
    }
    answer = await api.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    return json.dumps(answer.json())


@pytest.fixture
async def away() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a dashboard whose Redis does not answer."""
    async with connect("redis://127.0.0.1:1/0") as redis:
        app = create_app(redis, Live(redis), Settings(dashboard_hosts=("ward.example",)))
        transport = httpx.ASGITransport(app)
        headers = {"x-wardbeat": "test"}
        async with httpx.AsyncClient(transport=transport, base_url="http://ward.example", headers=headers) as client:
            yield client


@pytest.mark.slow
async def test_the_evidence_of_the_chosen_alert_is_shown(api: httpx.AsyncClient, redis: Redis, alert: Alert) -> None:
    shown = await evidence_of(api, {"alert_id": alert.alert_id, "version": 1})
    assert "Why: Ventricular tachycardia" in shown
    assert "RR interval" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (None, "Choose an alert"),
        ("x", "Choose an alert"),
        ({"alert_id": 3}, "Choose an alert"),
        ({"alert_id": UNKNOWN}, "This alert is deleted."),
    ],
)
async def test_without_a_known_alert_the_page_shows_what_to_do(
    api: httpx.AsyncClient, chosen: object, words: str
) -> None:
    assert words in await evidence_of(api, chosen)


async def test_without_redis_the_page_shows_the_reason(away: httpx.AsyncClient) -> None:
    assert "data store (Redis) does not answer" in await evidence_of(away, {"alert_id": UNKNOWN})
