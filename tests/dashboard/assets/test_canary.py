"""The canary on the ward page in a real browser: marked, quiet, and its last proof in the bar."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from dashboard.views import alert_view
from tests.support.samples import make_alert
from tests.support.screens import COUNT_PULSES, SOON_MS, Services, make_bed_frame, tile
from wardbeat.care.alert_lifecycle import begin
from wardbeat.contracts.canary import CANARY
from wardbeat.embedded.processes import Child

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

NOW_MS = 1_800_000_000_000
BED = {**make_bed_frame(), "stream_id": "bed-1", "admitted": True}
CANARY_BED = {**make_bed_frame(), "stream_id": CANARY, "origin": "canary", "hr_bpm": 195}


def ward(**canary: object) -> dict[str, Any]:
    shown = {"delay_s": 6.1, "shown_ms": NOW_MS - 40_000, "missed": None, **canary}
    return {
        "type": "ward", "unix_ms": NOW_MS, "monotonic_ms": 0, "problem": None, "beds": [BED], "pause": None,
        "escalates": True, "history_gap": None, "canary": shown, "canary_bed": CANARY_BED,
    }  # fmt: skip


def alerts(origin: str) -> dict[str, Any]:
    """An alert of high priority that claims to call, as no server sends it for the canary."""
    view = alert_view(begin(make_alert("ventricular_tachycardia", stream_id=CANARY), NOW_MS * 1_000_000)).model_dump()
    return {"type": "alerts", "alerts": [{**view, "origin": origin}]}


def open_page(browser: Browser, services: Services, *sent: dict[str, Any]) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(COUNT_PULSES)

    def answer(socket: WebSocketRoute) -> None:
        def send_all(_: str | bytes) -> None:
            for frame in sent:
                socket.send(json.dumps(frame))

        socket.on_message(send_all)

    page.route_web_socket("**/live", answer)
    page.goto(services.address)
    return page


def test_the_last_proof_is_in_the_bar_and_the_canary_is_no_bed(
    browser: Browser, services: Services, dashboard: Child
) -> None:
    page = open_page(browser, services, ward())
    expect(page.locator("#canary")).to_contain_text("Canary: last proven 6.1 s, 4", timeout=SOON_MS)
    expect(page.locator("#counts")).to_have_text("1 of 1 beds monitored")
    assert page.locator(".tile").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.stream)") == [
        "bed-1",
        CANARY,
    ]
    expect(tile(page, CANARY)).to_contain_text("CANARY")
    expect(tile(page, CANARY)).to_contain_text("NO PATIENT")
    assert tile(page, CANARY).get_attribute("href") is None
    page.context.close()


def test_its_alerts_are_shown_and_call_nobody(browser: Browser, services: Services, dashboard: Child) -> None:
    page = open_page(browser, services, alerts("canary"), ward())
    expect(tile(page, CANARY)).to_contain_text("Ventricular tachycardia", timeout=SOON_MS)
    page.locator("body").click(position={"x": 600, "y": 20})  # the sound is on
    page.wait_for_timeout(1000)
    assert page.evaluate("window.pulses") == 0
    assert "Ventricular" not in page.title()
    assert tile(page, CANARY).get_attribute("data-priority") is None
    page.context.close()


def test_the_same_alert_of_a_patient_sounds(browser: Browser, services: Services, dashboard: Child) -> None:
    page = open_page(browser, services, alerts("live"), ward())
    expect(tile(page, CANARY)).to_contain_text("Ventricular tachycardia", timeout=SOON_MS)
    page.locator("body").click(position={"x": 600, "y": 20})
    page.wait_for_timeout(1000)
    assert page.evaluate("window.pulses") > 0
    page.context.close()


def test_a_missed_proof_stands_out(browser: Browser, services: Services, dashboard: Child) -> None:
    page = open_page(browser, services, ward(missed="no asystole within 10 s of its onset"))
    expect(page.locator("#canary")).to_have_attribute("data-missed", "true", timeout=SOON_MS)
    expect(page.locator("#canary")).to_contain_text("Canary missed: last proven 6.1 s")
    page.context.close()
