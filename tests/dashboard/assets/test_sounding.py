"""When an alert makes a sound, for alerts that are paused, acknowledged, risen or ended."""

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from dashboard.views import alert_view, pause_view
from tests.support.samples import make_alert
from tests.support.scripts import scripts_page
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.audio_pause import begin_pause

pytestmark = pytest.mark.slow  # a browser

S = 1_000_000_000
AT = 1_700_000_000 * S
AUDIBLE = """
async ({ alert, bed, wardPause, times }) => {
  const { audible } = await import("/sounding.js");
  return times.map((nowMs) => audible(alert, bed, wardPause, nowMs));
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts_page(browser) as page:
        yield page


def raised(code: str) -> AlertRecord:
    return alert_lifecycle.begin(make_alert(code), AT)


def risen(record: AlertRecord, at_s: float) -> AlertRecord:
    return alert_lifecycle.update(record, msgspec.structs.replace(record.alert, priority="high"), AT + int(at_s * S))


def ended(record: AlertRecord, at_s: float) -> AlertRecord:
    return alert_lifecycle.update(record, msgspec.structs.replace(record.alert, ended_sample=9_000), AT + int(at_s * S))


def acknowledged(record: AlertRecord, at_s: float) -> AlertRecord:
    return alert_lifecycle.acknowledge(record, "EW", AT + int(at_s * S))


Pause = tuple[float, float] | None
"""The start and the length of a pause, in seconds."""


@pytest.mark.parametrize(
    ("record", "bed_pause", "ward_pause", "silenced", "sounds"),
    [
        (raised("asystole"), None, None, (), {0: True, 600: True}),
        (raised("bradycardia"), None, None, (), {0: True, 600: True}),
        (raised("pvc_rate"), None, None, (), {0: False, 600: False}),
        (raised("no_data"), None, None, ("no_data",), {0: False, 600: False}),
        (raised("no_data"), None, None, ("lead_off",), {0: True}),
        # A pause silences earlier alerts, and all that are not of high priority, until it runs out.
        (raised("asystole"), (1, 60), None, (), {1: False, 60.9: False, 61: True}),
        (raised("asystole"), None, (1, 60), (), {1: False, 60.9: False, 61: True}),
        (raised("asystole"), (1, 10), (1, 60), (), {12: False, 61: True}),
        (raised("asystole"), (-5, 60), None, (), {0: True}),
        (raised("bradycardia"), (-5, 60), None, (), {0: False, 54.9: False, 55: True}),
        (raised("lead_off"), (1, 60), None, (), {2: False}),
        (risen(raised("lead_off"), 3), (1, 60), None, (), {3: True}),
        (risen(raised("lead_off"), 3), (4, 60), None, (), {5: False, 64: True}),
        # An acknowledged alert is silent until it sounds again, unless its priority rises.
        (acknowledged(raised("asystole"), 0), None, None, (), {1: False, 119.9: False, 120: True}),
        (risen(acknowledged(raised("lead_off"), 1), 3), None, None, (), {3: True}),
        (ended(acknowledged(raised("asystole"), 0), 9), None, None, (), {10: False, 600: False}),
        # A latched alert sounds until its acknowledgement.
        (ended(raised("ventricular_tachycardia"), 1), None, None, (), {600: True}),
        (acknowledged(ended(raised("ventricular_tachycardia"), 1), 601), None, None, (), {602: False, 900: False}),
        (ended(raised("bradycardia"), 1), None, None, (), {2: False}),
    ],
)
def test_when_an_alert_is_audible(
    page: Page,
    record: AlertRecord,
    bed_pause: Pause,
    ward_pause: Pause,
    silenced: tuple[str, ...],
    sounds: dict[float, bool],
) -> None:
    case = {
        "alert": alert_view(record).model_dump(),
        "bed": {"pause": shown(bed_pause, "bed-1"), "silenced": list(silenced)},
        "wardPause": shown(ward_pause, None),
        "times": [AT // 1_000_000 + 1000 * at_s for at_s in sounds],
    }
    assert dict(zip(sounds, page.evaluate(AUDIBLE, case), strict=True)) == sounds


def shown(pause: Pause, stream_id: str | None) -> dict[str, object] | None:
    if pause is None:
        return None
    since_s, lasts_s = pause
    return pause_view(begin_pause(stream_id, "CD", lasts_s, AT + int(since_s * S))).model_dump()
