"""The settings on a patient's page in a real browser, and how every tile shows them."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.feeder import Feeder
from tests.support.screens import COUNT_PULSES, FIRST, SECOND, SOON_MS, open_patient, tile, wait_for

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

REASON = "paced rhythm, pause_s <b>high</b>"
"""Free text with the names of settings and with markup in it: the screen must show it verbatim."""


def back_to_ward(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(tile(page, FIRST)).to_be_visible()


def button(page: Page, name: str) -> Locator:
    return page.locator("#bedside").get_by_role("button", name=name, exact=True)


def admit(page: Page) -> None:
    """Admit a patient. If another patient is in the bed, discharge that one first."""
    if button(page, "Patient…").is_visible():
        discharge(page)
    button(page, "Admit patient…").last.click(timeout=SOON_MS)  # the open panel may have the same button
    button(page, "Admit").click(timeout=SOON_MS)
    expect(button(page, "Patient…")).to_be_visible(timeout=SOON_MS)


def discharge(page: Page) -> None:
    button(page, "Patient…").click()
    button(page, "Discharge…").click(timeout=SOON_MS)
    button(page, "Yes, discharge").click()
    expect(button(page, "Admit patient…")).to_be_visible(timeout=SOON_MS)


def test_a_setting_needs_initials(page: Page) -> None:
    tile(page, FIRST).click()
    button(page, "Pause sound 2 min").click()
    expect(page.locator("#initials")).to_be_focused()
    expect(page.locator("#initials-rule")).to_be_visible()
    expect(button(page, "Pause sound 2 min")).to_be_visible()


def test_initials_are_letters_of_any_script(page: Page) -> None:
    tile(page, FIRST).click()
    for wrong in ("a", "a1", "abcde", "<b>"):
        page.locator("#initials").fill(wrong)
        button(page, "Pause sound 2 min").click()
        expect(page.locator("#initials")).to_have_attribute("aria-invalid", "true")
    for given, stored in (("李明", "李明"), ("łś", "ŁŚ"), ("e\u0301a", "ÉA")):
        page.locator("#initials").fill(given)
        button(page, "Pause sound 2 min").click()
        expect(page.locator("#initials")).to_have_value(stored)
        page.locator("#bedside").get_by_role("button", name="Sound on again").click(timeout=SOON_MS)
        expect(button(page, "Pause sound 2 min")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#act-problem")).to_be_hidden()


def test_a_patient_is_admitted_with_limits_and_discharged(page: Page) -> None:
    expect(tile(page, FIRST)).to_contain_text("NOT ADMITTED")
    open_patient(page, FIRST)
    button(page, "Limits…").click()
    expect(page.locator(".bedside-panel")).to_contain_text("No patient is admitted", timeout=SOON_MS)
    admit(page)
    button(page, "Limits…").click()
    page.get_by_role("button", name="Heart rate, high: more").click(timeout=SOON_MS)
    button(page, "Set limits").click()
    expect(page.locator(".bedside-panel")).not_to_be_visible(timeout=SOON_MS)
    button(page, "Limits…").click()
    expect(page.get_by_label("Heart rate, high", exact=True)).to_have_value("125", timeout=SOON_MS)
    expect(page.locator(".bedside-panel")).to_contain_text("Set by AB")
    page.locator("#bed-log summary").click()
    expect(page.locator("#bed-log")).to_contain_text("set limits: high 125", timeout=SOON_MS)
    discharge(page)
    back_to_ward(page)
    expect(tile(page, FIRST)).to_contain_text("NOT ADMITTED")


def test_the_form_tells_the_wards_limits_from_the_patients_own(page: Page) -> None:
    open_patient(page, FIRST)
    admit(page)
    button(page, "Limits…").click()
    notes = page.locator(".ward-default")
    expect(notes.first).to_have_text("ward default", timeout=SOON_MS)
    page.get_by_role("button", name="Heart rate, low: less").click()
    expect(notes.first).to_have_text("own, ward 50")
    expect(notes.nth(1)).to_have_text("ward default")
    button(page, "Set limits").click()
    expect(page.locator(".bedside-panel")).not_to_be_visible(timeout=SOON_MS)
    button(page, "Limits…").click()
    expect(notes.first).to_have_text("own, ward 50", timeout=SOON_MS)
    button(page, "Take the ward defaults").click()
    expect(page.locator(".bedside-panel")).not_to_be_visible(timeout=SOON_MS)
    button(page, "Limits…").click()
    expect(notes.first).to_have_text("ward default", timeout=SOON_MS)
    expect(button(page, "Take the ward defaults")).to_have_count(0)
    discharge(page)


def test_a_suggested_limit_is_shown_and_applied_by_staff_only(page: Page, feeder: Feeder) -> None:
    feeder.beds[FIRST].suggested_bpm = (45, 105)
    open_patient(page, FIRST)
    admit(page)
    expect(page.locator("#vitals")).to_contain_text("suggested 45–105", timeout=SOON_MS)
    expect(page.locator("#vitals .limits")).to_have_text("limits 50–120")
    button(page, "Limits…").click()
    expect(page.locator(".suggested")).to_contain_text("45 to 105/min", timeout=SOON_MS)
    expect(page.get_by_label("Heart rate, high", exact=True)).to_have_value("120")
    button(page, "Fill in").click()
    expect(page.get_by_label("Heart rate, high", exact=True)).to_have_value("105")
    button(page, "Set limits").click()
    page.locator("#bed-log summary").click()
    expect(page.locator("#bed-log")).to_contain_text("heart rate low 45, high 105", timeout=SOON_MS)
    discharge(page)
    feeder.beds[FIRST].suggested_bpm = None


def test_a_limit_out_of_range_is_refused_in_words(page: Page) -> None:
    open_patient(page, FIRST)
    admit(page)
    button(page, "Limits…").click()
    page.get_by_label("Heart rate, low", exact=True).fill("10", timeout=SOON_MS)
    button(page, "Set limits").click()
    expect(page.locator("#act-problem")).to_contain_text("from 30 to 100, 10 given", timeout=SOON_MS)
    discharge(page)
    expect(page.locator("#act-problem")).not_to_be_visible()


def test_a_switched_off_alert_needs_a_reason_and_shows_on_the_tile(page: Page) -> None:
    open_patient(page, SECOND)
    admit(page)
    button(page, "Alerts off…").click()
    expect(page.locator("[data-code=asystole]")).to_have_count(0)
    couplet = page.locator("[data-code=couplet]")
    couplet.get_by_role("button", name="Switch off").click(timeout=SOON_MS)
    expect(page.locator("#off-reason")).to_be_focused()  # switching off needs a reason
    page.locator("#off-reason").fill(REASON)
    couplet.get_by_role("button", name="Switch off").click()
    expect(couplet).to_contain_text(f": {REASON}", timeout=SOON_MS)
    page.locator("#bed-log summary").click()
    expect(page.locator("#bed-log li").first).to_contain_text(f"switched off couplet: {REASON}", timeout=SOON_MS)
    back_to_ward(page)
    expect(tile(page, SECOND)).to_contain_text("OFF: Ventricular couplet")
    expect(tile(page, SECOND).locator("[data-flag=off]")).to_have_attribute("title", f"AB: {REASON}")
    tile(page, SECOND).click()
    button(page, "Alerts off: 1…").click()
    couplet.get_by_role("button", name="Switch on").click(timeout=SOON_MS)
    expect(couplet.get_by_role("button", name="Switch off")).to_be_visible(timeout=SOON_MS)
    discharge(page)


def test_a_standby_begins_and_ends_by_hand(page: Page) -> None:
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


def test_a_pause_silences_earlier_alerts_and_no_new_high_one(page: Page, feeder: Feeder) -> None:
    page.add_init_script(COUNT_PULSES)
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


def test_a_patient_is_learnt_again_from_the_page(page: Page) -> None:
    open_patient(page, SECOND)
    admit(page)
    button(page, "Patient…").click()
    button(page, "Learn again").click(timeout=SOON_MS)
    expect(button(page, "Learn again")).to_be_hidden(timeout=SOON_MS)  # the panel closes when it is done
    page.locator("#bed-log summary").click()
    expect(page.locator("#bed-log")).to_contain_text("let the monitor learn the patient again", timeout=SOON_MS)
    discharge(page)
