"""What is set and said on a patient's page, in a real browser, and what of it every tile shows."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.assets.test_screens import (
    FIRST,
    SECOND,
    SOON_MS,
    dashboard,
    feeder,
    page,
    services,
    tile,
    wait_for,
)
from tests.support.feeder import Feeder

__all__ = ["dashboard", "feeder", "page", "services"]
pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser


def open_patient(page: Page, stream_id: str) -> None:
    """The page of a patient, with somebody's initials in the bar."""
    page.locator("#initials").fill("ab")
    tile(page, stream_id).click()
    expect(page.locator("#vitals h1")).to_have_text(stream_id)


def back_to_ward(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(tile(page, FIRST)).to_be_visible()


def button(page: Page, name: str) -> Locator:
    return page.locator("#bedside").get_by_role("button", name=name, exact=True)


def admit(page: Page) -> None:
    """Admit a patient, or discharge the one before and admit another."""
    if button(page, "Patient…").is_visible():
        discharge(page)
    button(page, "Admit patient…").last.click(timeout=SOON_MS)  # the open panel may have one, too
    button(page, "Admit").click(timeout=SOON_MS)
    expect(button(page, "Patient…")).to_be_visible(timeout=SOON_MS)


def discharge(page: Page) -> None:
    button(page, "Patient…").click()
    button(page, "Discharge…").click(timeout=SOON_MS)
    button(page, "Yes, discharge").click()
    expect(button(page, "Admit patient…")).to_be_visible(timeout=SOON_MS)


def test_nobody_sets_anything_without_initials(page: Page) -> None:
    tile(page, FIRST).click()
    button(page, "Pause sound 2 min").click()
    expect(page.locator("#initials")).to_be_focused()
    expect(page.locator("#initials-rule")).to_be_visible()
    expect(button(page, "Pause sound 2 min")).to_be_visible()


def test_a_patient_is_admitted_and_discharged_with_all_that_was_set(page: Page) -> None:
    expect(tile(page, FIRST)).to_contain_text("NOT ADMITTED")
    open_patient(page, FIRST)
    button(page, "Limits…").click()
    expect(page.locator(".bedside-panel")).to_contain_text("Nobody is admitted", timeout=SOON_MS)
    admit(page)
    button(page, "Limits…").click()
    page.get_by_role("button", name="Heart rate, high: more").click(timeout=SOON_MS)
    button(page, "Set limits").click()
    expect(page.locator(".bedside-panel")).not_to_be_visible(timeout=SOON_MS)
    button(page, "Limits…").click()
    expect(page.get_by_label("Heart rate, high", exact=True)).to_have_value("125", timeout=SOON_MS)
    expect(page.locator(".bedside-panel")).to_contain_text("Set by AB")
    page.locator("#bed-log summary").click()
    expect(page.locator("#bed-log")).to_contain_text("set limits: heart rate low 50, high 125", timeout=SOON_MS)
    discharge(page)
    back_to_ward(page)
    expect(tile(page, FIRST)).to_contain_text("NOT ADMITTED")


def test_a_limit_out_of_range_is_refused_in_words(page: Page) -> None:
    open_patient(page, FIRST)
    admit(page)
    button(page, "Limits…").click()
    page.get_by_label("Heart rate, low", exact=True).fill("10", timeout=SOON_MS)
    button(page, "Set limits").click()
    expect(page.locator("#act-problem")).to_contain_text("from 30 to 100, 10 given", timeout=SOON_MS)
    discharge(page)
    expect(page.locator("#act-problem")).not_to_be_visible()


def test_what_is_off_needs_a_reason_and_shows_on_the_tile(page: Page) -> None:
    open_patient(page, SECOND)
    admit(page)
    button(page, "Alerts off…").click()
    expect(page.locator("[data-code=asystole]")).to_have_count(0)
    couplet = page.locator("[data-code=couplet]")
    couplet.get_by_role("button", name="Switch off").click(timeout=SOON_MS)
    expect(page.locator("#off-reason")).to_be_focused()  # nothing is off without a reason
    page.locator("#off-reason").fill("known, doctor informed")
    couplet.get_by_role("button", name="Switch off").click()
    expect(couplet).to_contain_text("known, doctor informed", timeout=SOON_MS)
    back_to_ward(page)
    expect(tile(page, SECOND)).to_contain_text("OFF: Ventricular couplet")
    tile(page, SECOND).click()
    button(page, "Alerts off: 1…").click()
    couplet.get_by_role("button", name="Switch on").click(timeout=SOON_MS)
    expect(couplet.get_by_role("button", name="Switch off")).to_be_visible(timeout=SOON_MS)
    discharge(page)


def test_a_patient_who_is_away_is_back_by_hand(page: Page) -> None:
    open_patient(page, FIRST)
    admit(page)  # which ends the standby of an empty bed
    button(page, "Patient away…").click()
    button(page, "30 min").click(timeout=SOON_MS)
    expect(page.locator("#vitals")).to_contain_text("STANDBY to", timeout=SOON_MS)
    back_to_ward(page)
    expect(tile(page, FIRST)).to_contain_text("STANDBY to")
    tile(page, FIRST).click()
    button(page, "Patient is back").click(timeout=SOON_MS)
    expect(page.locator("#vitals")).not_to_contain_text("STANDBY", timeout=SOON_MS)
    discharge(page)
    expect(button(page, "End standby")).to_be_visible(timeout=SOON_MS)


def test_a_pause_silences_what_was_there_and_not_what_is_new_and_high(page: Page, feeder: Feeder) -> None:
    page.add_init_script(
        "window.pulses = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...when) { window.pulses++; return start.apply(this, when); };"
    )
    page.reload()
    open_patient(page, FIRST)
    button(page, "Pause sound 2 min").click()
    expect(page.locator("#vitals")).to_contain_text("SOUND PAUSED 1:", timeout=SOON_MS)
    medium = feeder.raise_alert(FIRST, "bradycardia")
    expect(page.locator(f"[data-alert='{medium.alert_id}']")).to_be_visible(timeout=SOON_MS)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.pulses") == 0
    high = feeder.raise_alert(FIRST, "asystole")
    wait_for(page, lambda: page.evaluate("window.pulses") > 0)
    button(page, "Sound on again").or_(page.get_by_text("Sound on again")).first.click()
    expect(page.locator("#vitals")).not_to_contain_text("SOUND PAUSED", timeout=SOON_MS)
    for alert in (medium, high):
        feeder.end_alert(alert)


def test_the_whole_ward_is_paused_from_the_bar(page: Page) -> None:
    page.locator("#initials").fill("cd")
    page.locator("#ward-pause").click()
    expect(page.locator("#ward-pause")).to_contain_text("ALL SOUND PAUSED", timeout=SOON_MS)
    page.locator("#ward-pause").click()
    expect(page.locator("#ward-pause")).to_have_text("Pause all sound 2 min", timeout=SOON_MS)


def test_an_alert_is_acknowledged_with_a_comment_and_its_history_says_by_whom(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "ventricular_tachycardia")
    open_patient(page, SECOND)
    page.locator(f"[data-alert='{alert.alert_id}']").get_by_role("button", name="Why?").click(timeout=SOON_MS)
    expect(page.locator("#alert-history")).to_contain_text("raised", timeout=SOON_MS)
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
