"""A lost bed, a blocked page and a stopped screen are seen and heard; a press never acts on the next alert."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.feeder import Feeder
from tests.support.screens import COUNT_PULSES, FIRST, SECOND, Services, open_patient, tile, wait_for
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.contracts.messages import Alert
from wardbeat.embedded.processes import Child
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.redis_client import connect

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

LISTEN_IN = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...more) {
  if (target instanceof AudioDestinationNode) {
    window.ear ??= Object.assign(target.context.createAnalyser(), { fftSize: 32768 });
    connect.call(this, window.ear);
  }
  return connect.call(this, target, ...more);
};
window.loudest = () => {
  const heard = new Float32Array(window.ear.fftSize);
  window.ear.getFloatTimeDomainData(heard);
  return Math.max(...heard.map(Math.abs));
};
"""
"""A script that measures what the page plays."""
BLOCK = """
(ms) => {
  const end = performance.now() + ms;
  let loudest = 0;
  while (performance.now() < end) loudest = Math.max(loudest, window.loudest());
  return loudest;
}
"""


def turn_sound_on(page: Page, script: str) -> None:
    page.add_init_script(script)
    page.reload()
    expect(page.locator("[data-monitored=true]")).to_have_count(2)
    page.get_by_text("SOUND OFF").click()
    expect(page.get_by_text("SOUND OFF")).not_to_be_visible()


def test_a_lost_bed_is_in_banner_and_title_and_sounds_until_it_is_silenced_here(page: Page, feeder: Feeder) -> None:
    turn_sound_on(page, COUNT_PULSES)
    feeder.beds[FIRST].silent = True
    try:
        expect(page.locator("#problem[data-side=bed]")).to_contain_text(f"NOT MONITORED: {FIRST}. No data from the bed")
        wait_for(page, lambda: page.evaluate("window.pulses") >= 3)
        expect(page).to_have_title(re.compile(f"{FIRST} NOT MONITORED"))
        page.locator("#problem-quiet").click()
        expect(page.locator("#problem-quiet")).to_have_text("Silent here for 2 min")
        feeder.beds[SECOND].silent = True
        expect(page.locator("#problem-quiet")).to_have_text("Silence here 2 min")  # another bed breaks through
    finally:
        feeder.beds[FIRST].silent = feeder.beds[SECOND].silent = False
    expect(page.locator("#problem")).not_to_be_visible()


def test_an_acknowledged_alert_speaks_for_its_lost_bed(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(FIRST, "no_data")
    feeder.run(acknowledged(feeder, alert))
    feeder.beds[FIRST].silent = True
    try:
        expect(tile(page, FIRST)).to_have_attribute("data-monitored", "false")
        expect(tile(page, FIRST)).to_contain_text("No data from the bed")
        expect(page.locator("#problem")).not_to_be_visible()
    finally:
        feeder.beds[FIRST].silent = False
        feeder.end_alert(alert)


async def acknowledged(feeder: Feeder, alert: Alert) -> AlertRecord:
    async with connect(feeder.redis_url) as redis:
        return await AlertStore(redis).acknowledge(alert.alert_id, "AB")


def test_a_blocked_page_sounds_by_the_audio_clock_and_says_so_afterwards(page: Page) -> None:
    turn_sound_on(page, LISTEN_IN)
    wait_for(page, lambda: bool(page.evaluate("window.ear !== undefined")))
    assert page.evaluate("window.loudest()") == 0, "a page that runs postpones the tone"
    assert page.evaluate(BLOCK, 7000) > 0.05
    expect(page.locator("#stood-still")).to_contain_text(re.compile(r"stood still for \d+ s"))
    wait_for(page, lambda: page.evaluate("window.loudest()") == 0)


def test_a_screen_that_the_browser_stops_is_shown_on_the_others(
    browser: Browser, page: Page, services: Services, dashboard: Child
) -> None:
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(f"{services.address}?screen=Station%202")
        expect(other.locator("[data-monitored=true]")).to_have_count(2)
        stopper = context.new_cdp_session(other)
        stopper.send("Debugger.enable")
        stopper.send(
            "Debugger.pause"
        )  # as a browser that freezes a tab: its socket stays open, its scripts stand still
        expect(page.locator("#stopped-screens")).to_contain_text("A screen has stopped: Station 2 (ward)")
        stopper.send("Debugger.resume")
        expect(page.locator("#stopped-screens")).not_to_be_visible()


def test_a_screen_that_is_closed_has_not_stopped(
    browser: Browser, page: Page, services: Services, feeder: Feeder
) -> None:
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(services.address)
        expect(other.locator("[data-monitored=true]")).to_have_count(2)
        wait_for(page, lambda: n_alive(page, services) == 2)
        other.close(run_before_unload=True)
        wait_for(page, lambda: n_alive(page, services) == 1)
    expect(page.locator("#stopped-screens")).not_to_be_visible()


def n_alive(page: Page, services: Services) -> int:
    return len(page.request.get(f"{services.address}api/v1/screens").json()["alive"])


def test_a_second_press_never_acknowledges_the_next_alert(page: Page, feeder: Feeder) -> None:
    first, second = feeder.raise_alert(FIRST, "pause"), feeder.raise_alert(FIRST, "bradycardia")
    open_patient(page, FIRST)
    top = page.locator("#alerts .alert-row").first
    expect(top).to_have_attribute("data-alert", second.alert_id)
    expect(page.locator("#alerts .alert-row")).to_have_count(2)
    button = top.get_by_role("button", name="Acknowledge")
    box = button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.wait_for_timeout(600)
    # The row goes away under the finger, and the press that follows hits the row that has taken its place.
    feeder.end_alert(second)
    expect(top).to_have_attribute("data-alert", first.alert_id)
    moved = "document.querySelector('#alerts .act').getAttribute('aria-disabled')"
    if page.evaluate(moved) == "true":  # else this machine took longer than the half second
        page.mouse.click(x, y)
        if page.evaluate(moved) == "true":
            page.wait_for_timeout(300)
            expect(page.locator("#alerts .alert-row")).to_have_attribute("data-state", "active")
    top.get_by_role("button", name="Acknowledge").click()
    expect(top).to_have_attribute("data-state", "acknowledged")
    feeder.end_alert(first)


def test_a_bed_is_removed_on_its_page(page: Page, feeder: Feeder) -> None:
    feeder.beds[SECOND].silent = True
    try:
        open_patient(page, SECOND)
        page.get_by_role("button", name="Admit patient…").click()
        page.get_by_role("button", name="Remove this bed…").click()
        page.get_by_role("button", name="Yes, remove").click()
        expect(page.locator("#vitals")).to_contain_text("No bed has this name")
    finally:
        feeder.beds[SECOND].silent = False
    page.goto(page.url.split("patient", maxsplit=1)[0])
    expect(page.locator("[data-monitored=true]")).to_have_count(2)  # it sends again: a new bed
