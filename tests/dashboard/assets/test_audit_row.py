"""One entry of the audit as a row: settings in words, and text that people typed verbatim."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from dashboard.views import audit_view
from tests.support.scripts import scripts_page
from wardbeat.care.audit import ESCALATOR, MONITOR, AuditEntry

pytestmark = pytest.mark.slow  # a browser

SHOWN = """
async (entry) => {
  const { auditRow } = await import("/audit_row.js");
  const row = auditRow(entry);
  const [, who, act] = row.children;
  return { who: who.textContent, act: act.textContent, parts: row.querySelectorAll("*").length };
}
"""
FREE_TEXTS = (
    "paced rhythm",
    "known_af, paced",
    "pause_s",
    "high",
    "hr_low_bpm 50",
    "hr_high_bpm 120, pause_s 3",
    "<b>x</b>",
    "<img src=x onerror=boom()>",
    "a &amp; b",
    "$& $1 ${act}",
    "constructor",
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts_page(browser) as page:
        yield page


def shown(page: Page, act: str, detail: str, by: str = "AB") -> str:
    """The words of an act; fails if the row has more elements than time, person and act."""
    entry = audit_view(AuditEntry(1_700_000_000_000_000_000, "bed-1", "subject", act, by, detail=detail))
    row = page.evaluate(SHOWN, entry.model_dump())
    assert row["parts"] == 3, "text became markup"
    assert row["who"] == ("Wardbeat" if by in {MONITOR, ESCALATOR} else by)
    return str(row["act"])


@pytest.mark.parametrize("text", FREE_TEXTS)
def test_text_that_people_typed_is_shown_verbatim(page: Page, text: str) -> None:
    assert shown(page, "commented", text) == f"“{text}”"
    assert shown(page, "switched off", f"couplet: {text}") == f"switched off couplet: {text}"
    assert shown(page, text, "", by="paced") == text


@pytest.mark.parametrize(
    ("act", "detail", "words"),
    [
        (
            "limits",
            "hr_low_bpm 50, hr_high_bpm 125, pause_s 2.5, pvc_per_minute 10",
            "set limits: heart rate low 50, high 125, pause 2.5, ventricular beats a minute 10",
        ),
        ("category", "hr_low_bpm 50, paced, known_af", "set the category: heart rate low 50, pacemaker, AF known"),
        ("admitted", "hr_high_bpm 130, paced", "admitted high 130, pacemaker"),
    ],
)
def test_settings_are_shown_in_words(page: Page, act: str, detail: str, words: str) -> None:
    assert shown(page, act, detail) == words


@pytest.mark.parametrize("detail", ["paced rhythm", "hr_low_bpm fifty", "paced, unknown 3", "pause_s 3 s", "toString"])
def test_settings_in_an_unknown_form_are_shown_verbatim(page: Page, detail: str) -> None:
    assert shown(page, "limits", detail) == f"set limits: {detail}"


@pytest.mark.parametrize(
    ("act", "detail", "by", "words"),
    [
        ("raised", "asystole, high", MONITOR, "raised"),
        ("ended", "at 12.00 s of its session", MONITOR, "the condition ended"),
        ("rose", "high", MONITOR, "became more urgent: high"),
        ("escalated", "high", ESCALATOR, "escalated to other staff: high"),
        ("acknowledged", "", "AB", "acknowledged"),
        ("paused", "120 s", "AB", "paused the sound: 120 s"),
        ("standby", "30 min", "AB", "patient away: 30 min"),
        ("standby over", "", "AB", "patient is back"),
        ("transferred", "bed-1 to bed-2", "AB", "moved the patient: bed-1 to bed-2"),
    ],
)
def test_every_act_has_words(page: Page, act: str, detail: str, by: str, words: str) -> None:
    assert shown(page, act, detail, by) == words
