"""What a browser sounds for is what the rules of the server say is to be heard."""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from dashboard.views import alert_view, pause_view
from tests.dashboard.scripts import scripts_page
from tests.samples import make_alert
from wardbeat import alerts
from wardbeat.alerts import AlertRecord, calls_from_ns
from wardbeat.audio_pause import AudioPause, audible, begin_pause

pytestmark = pytest.mark.slow  # a browser

S = 1_000_000_000
BEGAN_NS = 1_700_000_000 * S
CASES = 1500
CODES = ("asystole", "ventricular_tachycardia", "bradycardia", "lead_off", "noisy_signal", "couplet")
HEARD = """
async (cases) => {
  const { audible, calls } = await import("/sounding.js");
  return cases.map(({ alert, bed, wardPause, nowMs }) => [calls(alert, nowMs), audible(alert, bed, wardPause, nowMs)]);
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts_page(browser) as page:
        yield page


def some_record(random: random.Random) -> AlertRecord:
    """An alert that was raised and acknowledged, rose or ended at some time, or not."""
    at_ns = BEGAN_NS + random.randrange(300) * S
    record = alerts.begin(make_alert(random.choice(CODES)), at_ns)
    for act in random.sample(("acknowledge", "rise", "end"), k=random.randrange(4)):
        at_ns += random.randrange(100) * S
        if act == "acknowledge" and record.state != "resolved":
            record = alerts.acknowledge(record, "AB", at_ns)
        elif act == "rise":
            record = alerts.go_on(record, msgspec.structs.replace(record.alert, priority="high"), at_ns)
        elif act == "end":
            record = alerts.go_on(record, msgspec.structs.replace(record.alert, ended_sample=9000), at_ns)
    return record


def some_pauses(random: random.Random) -> dict[str | None, AudioPause]:
    """A pause of the bed, of the ward, both or none."""
    return {
        bed: begin_pause(bed, "CD", random.randrange(1, 121), BEGAN_NS + random.randrange(500) * S)
        for bed in ("bed-1", None)
        if random.random() < 0.6
    }


def test_the_browser_hears_what_the_rules_say(page: Page) -> None:
    chance = random.Random(5)
    cases: list[dict[str, Any]] = []
    expected = []
    for _ in range(CASES):
        record, pauses = some_record(chance), some_pauses(chance)
        silenced = frozenset(code for code in ("lead_off", "noisy_signal") if chance.random() < 0.2)
        now_ns = BEGAN_NS + chance.randrange(700) * S
        shown = {bed: pause_view(pause).model_dump() for bed, pause in pauses.items()}
        cases.append(
            {
                "alert": alert_view(record).model_dump(),
                "bed": {"pause": shown.get("bed-1"), "silenced": sorted(silenced)},
                "wardPause": shown.get(None),
                "nowMs": now_ns // 1_000_000,
            }
        )
        from_ns = calls_from_ns(record)
        calls = from_ns is not None and now_ns >= from_ns
        expected.append([calls, audible(record, pauses.values(), now_ns, silenced)])
    found = page.evaluate(HEARD, json.loads(json.dumps(cases)))
    assert found == expected
    assert 0.1 * CASES < sum(heard for _, heard in found) < sum(calls for calls, _ in found)
