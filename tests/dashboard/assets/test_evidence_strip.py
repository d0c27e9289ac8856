"""A strip that is wider than the screen is scrolled to the moment of the decision."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.scripts import scripts_page

pytestmark = pytest.mark.slow  # a browser

SHOWN_PX, WIDTH_PX, DECISION_PX = 400, 1500, 900
BEFORE_PX = DECISION_PX - SHOWN_PX * 2 / 3
WATCH = """
async () => {
  const { showDecisions } = await import("/evidence_strip.js");
  document.body.innerHTML = "<section></section>";
  showDecisions(document.querySelector("section"));
}
"""
SHOW = """
async ([alertId, drawnPx, shownPx, widthPx, decisionPx]) => {
  const section = document.querySelector("section");
  if (!section.firstChild) section.innerHTML = "<div><div style='height: 9px'></div></div>";
  const strip = section.firstChild;
  strip.style.cssText = `width: ${shownPx}px; overflow-x: auto`;
  Object.assign(strip.dataset, { decisionPx, widthPx, stripOf: alertId });
  strip.firstChild.style.width = `${drawnPx}px`;
  await new Promise((seen) => setTimeout(seen, 0));
  return strip.scrollLeft;
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts_page(browser) as page:
        yield page


def show(page: Page, alert_id: str, drawn_px: int = WIDTH_PX) -> float:
    """Show the strip of an alert; return its scroll position in px."""
    left: float = page.evaluate(SHOW, [alert_id, drawn_px, SHOWN_PX, WIDTH_PX, DECISION_PX])
    return left


def test_a_drawn_strip_is_scrolled_to_the_decision_once_for_each_alert(page: Page) -> None:
    page.evaluate(WATCH)
    assert show(page, "a", drawn_px=10) == 0
    assert show(page, "a") == pytest.approx(BEFORE_PX, abs=1)
    page.evaluate("document.querySelector('section').firstChild.scrollLeft = 20")
    assert show(page, "a") == 20
    assert show(page, "b") == pytest.approx(BEFORE_PX, abs=1)
