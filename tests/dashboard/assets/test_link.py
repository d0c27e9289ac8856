"""What the screens show when a bed, a worker, Redis or the dashboard is lost."""

import re
import signal
import time

import httpx
import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_websocket
from websockets.typing import Origin

from tests.support.feeder import Feeder
from tests.support.ink import drawn
from tests.support.limits import WAIT_S
from tests.support.screens import (
    FIRST,
    LOST_S,
    SECOND,
    SOON_MS,
    Services,
    tile,
    wait_for,
    wait_not_monitored,
    wait_until_inked,
)
from wardbeat.embedded.processes import Child

pytestmark = [pytest.mark.slow, pytest.mark.in_time]  # Redis, a dashboard and a browser

DELAYED = re.compile(r"Delayed by ([789]|\d\d+) s")


def test_a_silent_bed_is_not_monitored_and_comes_back(page: Page, feeder: Feeder) -> None:
    feeder.beds[FIRST].silent = True
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("No data from the bed")
        expect(tile(page, SECOND)).to_have_attribute("data-monitored", "true")
    finally:
        feeder.beds[FIRST].silent = False
    expect(tile(page, FIRST)).to_have_attribute("data-monitored", "true")


def test_a_delayed_bed_shows_its_delay_and_its_trace_does_not_move(page: Page, feeder: Feeder) -> None:
    canvas = tile(page, FIRST).locator("canvas")
    wait_until_inked(page, canvas, 0.3)
    feeder.beds[FIRST].late_s = 7.0
    try:
        expect(tile(page, FIRST)).to_contain_text(DELAYED, timeout=SOON_MS)
        expect(tile(page, FIRST)).to_contain_text("Alerts are late, too")
        expect(tile(page, FIRST)).not_to_contain_text("NOT MONITORED")
        expect(tile(page, FIRST).locator(".rate")).to_have_text("---")
        expect(tile(page, SECOND)).to_have_attribute("data-monitored", "true")
        expect(page.locator("#counts")).to_have_text("1 of 2 beds monitored")
        before = drawn(canvas)
        page.wait_for_timeout(1000)
        assert drawn(canvas) == before, "strips arrive, but a delayed bed does not draw them"
        tile(page, FIRST).click()
        expect(page.locator("#vitals")).to_contain_text(DELAYED)
        expect(page.locator("#vitals .rate")).to_have_text("---")
    finally:
        feeder.beds[FIRST].late_s = 0.0
    expect(page.locator("#vitals .rate")).to_have_text("72", timeout=SOON_MS)
    expect(page.locator("#vitals")).not_to_contain_text(DELAYED)


def test_without_workers_no_bed_is_monitored(page: Page, feeder: Feeder) -> None:
    feeder.working = False
    try:
        for stream_id in (FIRST, SECOND):
            wait_not_monitored(page, stream_id, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("Monitoring stopped")
    finally:
        feeder.working = True
    expect(page.locator("[data-monitored=true]")).to_have_count(2)


def test_a_redis_that_hangs_is_shown_and_survived(page: Page, services: Services, dashboard: Child) -> None:
    services.redis.child.signal(signal.SIGSTOP)
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(page.locator("#problem")).to_contain_text("Redis")
    finally:
        services.redis.child.signal(signal.SIGCONT)
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)
    expect(page.locator("#problem")).not_to_be_visible()
    canvas = tile(page, FIRST).locator("canvas")
    before = drawn(canvas)
    wait_for(page, lambda: drawn(canvas) != before)
    dashboard.check()


def test_a_dashboard_that_hangs_counts_as_lost(page: Page, dashboard: Child) -> None:
    dashboard.signal(signal.SIGSTOP)
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("Connection to Wardbeat lost")
        expect(page.locator("#problem")).to_contain_text("Look at the patients")
    finally:
        dashboard.signal(signal.SIGCONT)
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)


def test_foreign_pages_get_nothing(services: Services, dashboard: Child) -> None:
    live = services.address.replace("http", "ws") + "live"
    with pytest.raises(InvalidStatus, match="403"), connect_websocket(live, origin=Origin("http://evil.example")):
        pass
    act = f"{services.address}api/v1/alerts/00000000-0000-5000-8000-000000000000/acknowledge"
    assert httpx.post(act, json={"by": "AB"}, headers={"origin": "http://evil.example"}).status_code == 403
    assert httpx.get(services.address, headers={"host": "evil.example"}).status_code == 421


def test_a_killed_dashboard_is_shown_and_its_return_needs_no_reload(
    page: Page, services: Services, dashboard: Child, feeder: Feeder
) -> None:
    dashboard.signal(signal.SIGKILL)
    killed_s = time.monotonic()
    wait_not_monitored(page, FIRST, killed_s)
    expect(tile(page, SECOND)).to_contain_text("Connection to Wardbeat lost")
    alert = feeder.raise_alert(SECOND, "pause")
    services.dashboard()
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)
    expect(tile(page, SECOND)).to_contain_text("Pause", timeout=SOON_MS)
    feeder.end_alert(alert)


def test_a_dashboard_ends_within_seconds_of_a_signal(page: Page, services: Services, dashboard: Child) -> None:
    asked_s = time.monotonic()
    assert dashboard.stop(WAIT_S) == 0
    assert time.monotonic() - asked_s < LOST_S
    assert dashboard.log.read_text() == ""
