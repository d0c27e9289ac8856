"""The verdicts on the patient page in a real browser: shapes, time, names and figures."""

import re

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.feeder import FedBed, Feeder
from tests.support.samples import make_window
from tests.support.screens import FIRST, SECOND, SOON_MS, open_patient, wait_for
from wardbeat.contracts.messages import Verdict, Window

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

VERDICTS: tuple[Verdict, ...] = ("normal", "typical", "abnormal", "unreadable")
NS = 1_000_000_000


def earlier_windows(bed: FedBed) -> list[Window]:
    """Two minutes of verdicts before those of the feeder: five of each kind, then a ventricular tachycardia."""
    stream_id, begin_ns = bed.stream_id, bed.start_ns - 120 * NS
    windows = [
        make_window(stream_id, number, session_id="earlier", verdict=VERDICTS[number // 5], start_ns=begin_ns)
        for number in range(20)
    ]
    tachycardia = make_window(
        stream_id, 20, session_id="earlier", verdict="abnormal", conditions=("ventricular_tachycardia",),
        start_ns=begin_ns,
    )  # fmt: skip
    tachycardias = [
        msgspec.structs.replace(tachycardia, start_sample=tachycardia.start_sample + number, rhythm="(VT",
                                acquired_ns=tachycardia.acquired_ns + number * 5 * NS)
        for number in range(4)
    ]  # fmt: skip
    return [*windows, *tachycardias]


def cells(page: Page) -> Locator:
    return page.locator(".verdict-cell")


def left_of(cell: Locator) -> float:
    """The place of a cell in percent of the strip."""
    return float(cell.evaluate("(cell) => parseFloat(cell.style.left)"))


@pytest.fixture
def strip(page: Page, feeder: Feeder) -> Page:
    """The page of the first patient, with earlier verdicts."""
    feeder.add_windows(earlier_windows(feeder.beds[FIRST]))
    open_patient(page, FIRST)
    expect(cells(page).nth(23)).to_be_attached(timeout=SOON_MS)
    return page


def test_each_verdict_has_a_shape_of_its_own_and_words(strip: Page) -> None:
    heights = []
    for verdict in VERDICTS:
        glyph = strip.locator(f".verdict-cell .verdict[data-verdict={verdict}]").first
        box = glyph.bounding_box()
        assert box is not None
        assert box["width"] > 6
        heights.append(box["height"])
    assert len(set(heights)) == len(VERDICTS), "without colour, heights tell them apart"
    key = strip.locator("#windows .key")
    for words in ("Normal", "Typical of this patient", "Abnormal", "Not readable"):
        expect(key).to_contain_text(words)


def test_a_condition_is_named_once_over_all_its_verdicts(strip: Page) -> None:
    named = strip.locator(".verdict-names span", has_text="Ventricular tachycardia")
    expect(named).to_have_count(1)
    expect(named).to_have_text("!!! Ventricular tachycardia")
    expect(named).to_have_attribute("data-priority", "high")


def test_the_pointer_and_the_keyboard_show_the_figures_of_a_verdict(strip: Page) -> None:
    figures = strip.locator("#verdicts dl")
    strip.locator(".verdict-cell", has=strip.locator("[data-verdict=typical]")).first.hover()
    expect(figures).to_contain_text("Typical of this patient")
    expect(figures).to_contain_text("90 % abnormal")
    expect(figures).to_contain_text("abnormal above 84 %, for this patient above 95 %")
    expect(figures).to_contain_text("Signal quality92 %")
    strip.locator("#vitals h1").hover()

    listbox = strip.get_by_role("listbox")
    listbox.focus()
    strip.keyboard.press("Home")
    chosen = strip.locator(".verdict-cell[aria-selected=true]")
    expect(chosen).to_have_count(1)
    assert chosen.get_attribute("id") == listbox.get_attribute("aria-activedescendant")
    first = chosen.get_attribute("id")
    expect(chosen).to_have_attribute("aria-label", re.compile(r"^\d\d:\d\d:\d\d Normal, detector 3 %$"))
    strip.keyboard.press("ArrowRight")
    expect(chosen).not_to_have_attribute("id", first or "")
    expect(chosen).to_have_attribute("aria-label", cells(strip).nth(1).get_attribute("aria-label") or "")
    strip.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    expect(strip.locator("#vitals h1")).to_have_text(FIRST)  # a first Escape does not leave the page


def test_new_verdicts_come_by_themselves_and_move_with_the_time(strip: Page) -> None:
    newest, left = cells(strip).last.get_attribute("id"), left_of(cells(strip).first)
    wait_for(strip, lambda: cells(strip).last.get_attribute("id") != newest)
    assert left_of(cells(strip).last) > 95
    wait_for(strip, lambda: left_of(cells(strip).first) < left)


def test_a_silent_bed_leaves_a_gap_at_the_end(strip: Page, feeder: Feeder) -> None:
    feeder.beds[FIRST].silent = True
    try:
        wait_for(strip, lambda: left_of(cells(strip).last) < 93)  # 20 s ago
    finally:
        feeder.beds[FIRST].silent = False


def test_another_patient_has_verdicts_of_their_own(strip: Page) -> None:
    strip.keyboard.press("Escape")
    open_patient(strip, SECOND)
    expect(strip.locator("#verdicts dl")).to_contain_text("bigeminy", timeout=SOON_MS)
    expect(strip.locator(".verdict[data-verdict=typical]:visible")).to_have_count(1)  # in the key only


def test_a_new_patient_does_not_get_the_verdicts_of_the_one_before(strip: Page) -> None:
    strip.locator("#initials").fill("ab")
    strip.get_by_role("button", name="Admit patient").click()
    strip.locator("#bedside .form").get_by_role("button", name=re.compile("^Admit")).click()
    expect(cells(strip)).to_have_count(0, timeout=SOON_MS)
    expect(strip.locator("#verdicts")).to_contain_text("No verdict yet")
