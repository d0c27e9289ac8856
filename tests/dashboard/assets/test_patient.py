"""The patient page in a real browser: leads, alerts, evidence and the acts on alerts."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.feeder import Feeder
from tests.support.ink import drawn
from tests.support.limits import promised
from tests.support.screens import FIRST, MARKUP_LEAD, SECOND, SOON_MS, open_patient, tile, wait_for, wait_until_inked

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

NOTE_MOVES = """(button) => button.addEventListener("pointerdown", () => {
  const [y, pressedMs] = [button.getBoundingClientRect().y, performance.now()];
  setTimeout(() => {
    const moved = button.getBoundingClientRect().y - y;
    button.dataset.moved = JSON.stringify([moved, performance.now() - pressedMs]);
  }, 600);
})"""
"""Notes on a button by how much it has moved 600 ms after a press, in px, and how long it was held until then."""


@pytest.mark.in_time
def test_an_alert_appears_and_its_acknowledgement_sticks(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(FIRST, "ventricular_tachycardia")
    expect(tile(page, FIRST)).to_contain_text("!!!Ventricular tachycardia", timeout=1000 * promised(3.0))
    expect(tile(page, FIRST)).to_have_attribute("data-priority", "high")
    places = page.locator("[data-stream]").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.stream)")
    assert places == [FIRST, SECOND]

    tile(page, FIRST).focus()
    page.keyboard.press("Enter")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(page.locator("#evidence")).to_contain_text("5 or more ventricular beats", timeout=SOON_MS)
    expect(page.locator("#evidence .js-plotly-plot .main-svg").first).to_be_visible(timeout=3 * SOON_MS)
    row.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#initials")).to_be_focused()  # an act needs initials
    expect(row).to_have_attribute("data-state", "active")
    page.locator("#initials").fill("ab")
    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_have_attribute("data-state", "acknowledged")

    page.reload()
    expect(row).to_contain_text("✓ AB", timeout=SOON_MS)
    expect(page.locator("#initials")).to_have_value("AB")
    page.keyboard.press("Escape")
    expect(tile(page, FIRST)).to_contain_text("✓ AB")

    feeder.end_alert(alert)
    expect(tile(page, FIRST)).not_to_contain_text("Ventricular tachycardia")
    tile(page, FIRST).click()
    expect(page.locator(f"#earlier-alerts [data-alert='{alert.alert_id}']")).to_be_visible(timeout=SOON_MS)


def test_a_latched_alert_is_resolved_by_hand(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "asystole")
    page.evaluate("localStorage.setItem('wardbeat-initials', 'CD')")
    page.goto(page.url + f"patient/{SECOND}")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(row.get_by_role("button", name="Acknowledge")).to_be_visible(timeout=SOON_MS)
    expect(row.get_by_role("button", name="close")).not_to_be_visible()  # the condition lasts
    feeder.end_alert(alert)
    row.get_by_role("button", name="Acknowledge, close").click(timeout=SOON_MS)
    expect(page.locator(f"#earlier-alerts [data-alert='{alert.alert_id}']")).to_contain_text("resolved CD")


def test_nothing_moves_under_a_finger(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "asystole")
    page.evaluate("localStorage.setItem('wardbeat-initials', 'CD')")
    page.goto(page.url + f"patient/{SECOND}")
    button = page.locator(f"[data-alert='{alert.alert_id}']").get_by_role("button", name="Acknowledge")
    expect(page.locator("#evidence .js-plotly-plot .main-svg").first).to_be_visible(timeout=3 * SOON_MS)
    button.evaluate(NOTE_MOVES)
    button.hover()
    page.mouse.down()
    other = feeder.raise_alert(FIRST, "asystole")  # the bar at the top shows it
    expect(button).to_have_attribute("data-moved", re.compile("."), timeout=SOON_MS)
    moved_px, held_ms = json.loads(button.get_attribute("data-moved") or "")
    assert moved_px == 0 or held_ms > 1000, "a hand that rests on the screen stops it for a second only"
    page.mouse.up()
    expect(page.locator("#elsewhere")).to_contain_text(FIRST)
    expect(page.locator(f"[data-alert='{alert.alert_id}']")).to_have_attribute("data-state", "acknowledged")
    feeder.end_alert(alert)
    feeder.end_alert(other)


def test_the_patient_page_sweeps_all_leads_and_names_beats(page: Page) -> None:
    wait_until_inked(page, tile(page, SECOND).locator("canvas"), 0.3)
    tile(page, SECOND).click()
    expect(page.locator("#leads .trace")).to_have_count(2)
    expect(page.locator("#vitals .rate")).to_have_text("70")
    leads = page.locator("#vitals .leads-used")
    expect(leads.locator("summary")).to_have_text(f"Leads {MARKUP_LEAD}, V5; 2 signals left out")
    leads.locator("summary").click()
    expect(leads.locator("div")).to_have_text("Resp (respiration by name), <i>x</i> (no ECG by shape)")
    inked = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    wait_for(page, lambda: bool(page.locator(".beat-row canvas").evaluate(inked)))
    for canvas in page.locator("#leads .trace canvas").all():
        wait_until_inked(page, canvas, 0.1)
        before = drawn(canvas)
        page.wait_for_timeout(500)
        assert drawn(canvas) != before


def test_an_alert_is_acknowledged_with_a_comment_and_its_history_shows_who_acted(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "ventricular_tachycardia")
    open_patient(page, SECOND)
    page.locator(f"[data-alert='{alert.alert_id}']").get_by_role("button", name="Why?").click(timeout=SOON_MS)
    expect(page.locator("#alert-history")).to_contain_text("raised", timeout=SOON_MS)
    expect(page.locator("#evidence .js-plotly-plot .ytitle").first).to_have_text(MARKUP_LEAD, timeout=SOON_MS)
    expect(page.get_by_role("button", name="Acknowledge with comment")).not_to_be_visible()
    page.locator("#comment").fill("awake, <b>doctor</b> called")
    page.get_by_role("button", name="Acknowledge with comment").click()
    rows = page.locator("#alert-history li")
    expect(rows.first).to_contain_text("“awake, <b>doctor</b> called”", timeout=SOON_MS)
    expect(rows.nth(1)).to_contain_text("AB")
    expect(rows.nth(1)).to_contain_text("acknowledged")
    expect(page.locator(f"[data-alert='{alert.alert_id}']")).to_contain_text("“awake, <b>doctor</b> called” AB")
    page.locator("#comment").fill("still awake")
    page.get_by_role("button", name="Add comment").click()
    expect(rows.first).to_contain_text("“still awake”", timeout=SOON_MS)
    feeder.end_alert(alert)
