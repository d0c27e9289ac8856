"""The ward page in a real browser: waveforms, tiles, sound."""

import json

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect
from redis import Redis

from tests.support.feeder import Feeder
from tests.support.ink import drawn, growth, watch_growth
from tests.support.screens import (
    COUNT_PULSES,
    FIRST,
    MARKUP_LEAD,
    SECOND,
    SOON_MS,
    Services,
    make_bed_frame,
    tile,
    wait_for,
    wait_until_inked,
)
from wardbeat.embedded.processes import Child
from wardbeat.store import redis_keys
from wardbeat.store.history_store import HistoryGap

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

PULSES_OF_A_HIGH_BURST = 10


def test_the_ward_shows_moving_waveforms_and_heart_rates(page: Page) -> None:
    for stream_id, rate in ((FIRST, "72"), (SECOND, "70")):
        expect(tile(page, stream_id).locator(".rate")).to_have_text(rate)
        expect(tile(page, stream_id)).to_contain_text("50–120")
        expect(tile(page, stream_id)).to_contain_text("SYNTHETIC")
        canvas = tile(page, stream_id).locator("canvas")
        wait_until_inked(page, canvas, 0.05)
        pictures = set()
        for _ in range(4):
            pictures.add(drawn(canvas))
            page.wait_for_timeout(500)
        assert len(pictures) == 4


def test_a_lead_name_is_never_parsed_as_markup(page: Page) -> None:
    expect(tile(page, SECOND).locator(".lead-name")).to_have_text(MARKUP_LEAD)
    assert page.locator("img").count() == 0


def test_sound_is_off_until_the_first_click(page: Page, feeder: Feeder) -> None:
    page.add_init_script(COUNT_PULSES)
    page.reload()
    alert = feeder.raise_alert(FIRST, "ventricular_fibrillation")
    expect(tile(page, FIRST)).to_contain_text("Ventricular fibrillation", timeout=SOON_MS)
    expect(page.get_by_text("SOUND OFF")).to_be_visible()
    assert page.evaluate("window.pulses") == 0
    canvas = tile(page, FIRST).locator("canvas")
    wait_until_inked(page, canvas, 0.3)
    watch_growth(canvas)
    page.get_by_text("SOUND OFF").click()
    expect(page.get_by_text("SOUND OFF")).not_to_be_visible()
    wait_for(page, lambda: growth(canvas) is not None)
    before, after = growth(canvas) or (0, 0)
    assert after > 0.9 * before > 0, "the tiles grew and kept their traces"
    wait_for(page, lambda: page.evaluate("window.pulses") == PULSES_OF_A_HIGH_BURST)
    feeder.end_alert(alert)


def test_the_whole_ward_is_paused_from_the_bar(page: Page) -> None:
    page.locator("#initials").fill("cd")
    page.locator("#ward-pause").click()
    expect(page.locator("#ward-pause")).to_contain_text("ALL SOUND PAUSED", timeout=SOON_MS)
    page.locator("#ward-pause").click()
    expect(page.locator("#ward-pause")).to_have_text("Pause all sound 2 min", timeout=SOON_MS)


@pytest.mark.parametrize(
    ("count", "width", "height", "scrolls"), [(1, 1280, 720, False), (16, 1920, 1080, False), (64, 1920, 1080, True)]
)
def test_tiles_fill_the_screen(
    browser: Browser, services: Services, dashboard: Child, count: int, width: int, height: int, scrolls: bool
) -> None:
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        bed = make_bed_frame()
        beds = [{**bed, "stream_id": f"bed-{n}"} for n in range(count)]
        frame = json.dumps({"type": "ward", "unix_ms": 0, "monotonic_ms": 0, "problem": None, "beds": beds})
        page.route_web_socket("**/live", lambda socket: socket.on_message(lambda _: socket.send(frame)))
        page.goto(services.address)
        expect(page.locator(".tile")).to_have_count(count, timeout=SOON_MS)
        ward = page.locator("#ward")
        assert ward.evaluate("(ward) => ward.scrollHeight > ward.clientHeight") is scrolls
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        box = page.locator(".tile").last.bounding_box()
        assert box is not None
        assert (box["width"] >= 300, box["height"] >= 150) == (True, True)


def test_a_phone_shows_everything_without_scrolling_sideways_and_alerts_first(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(FIRST, "asystole")
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("", f"patient/{FIRST}"):
        page.goto(page.url.split("patient", maxsplit=1)[0] + path)
        expect(page.get_by_text("72", exact=True).first).to_be_visible(timeout=SOON_MS)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(row.get_by_role("button", name="Acknowledge")).to_be_in_viewport(ratio=1)
    feeder.end_alert(alert)


def test_missing_history_is_shown_on_every_page(page: Page, services: Services) -> None:
    with Redis.from_url(services.redis.url) as redis:
        redis.set(redis_keys.HISTORY_GAP, msgspec.json.encode(HistoryGap(None, 1_764_500_000_000)))
        banner = page.locator("#history-gap")
        expect(banner).to_contain_text("History is missing", timeout=SOON_MS)
        tile(page, FIRST).click()
        expect(banner).to_be_visible()
        redis.delete(redis_keys.HISTORY_GAP)
        expect(banner).to_be_hidden(timeout=SOON_MS)
