"""The dashboard as a process for browser tests, and what tests of the screens share."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

from dashboard.views import BedView
from tests.support.ink import inked_proportion
from tests.support.limits import WAIT_MS, WAIT_S, promised
from wardbeat.embedded.processes import Child, free_ports, wait_until, wardbeat
from wardbeat.embedded.redis_server import EmbeddedRedis

LOST_S: Final = promised(5.0)
"""Within this time a screen must show that it has lost the data of a bed."""
SOON_MS: Final = WAIT_MS
FIRST: Final = "bed-1"
SECOND: Final = "bed-2"
MARKUP_LEAD: Final = "<img src=x onerror=boom()>"
"""The name of the second bed's first lead."""
COUNT_PULSES: Final = (
    "window.pulses = 0; const start = OscillatorNode.prototype.start;"
    "OscillatorNode.prototype.start = function (...when) { window.pulses++; return start.apply(this, when); };"
)
"""A script that counts in ``window.pulses`` how many tones the page plays."""


class Services:
    """A Redis, and a dashboard that keeps its address when it is started again."""

    def __init__(self, redis: EmbeddedRedis, folder: Path, stack: ExitStack) -> None:
        (self.port,) = free_ports(1)
        self.redis = redis
        self.address = f"http://127.0.0.1:{self.port}/"
        self._folder = folder
        self._stack = stack
        self._dashboard: Child | None = None

    def dashboard(self) -> Child:
        """The running dashboard; a new one if it has ended."""
        if self._dashboard is None or self._dashboard.exit_code is not None:
            command = wardbeat("dashboard", "--port", str(self.port))
            environment = {"WARDBEAT_REDIS_URL": self.redis.url}
            child = self._stack.enter_context(Child("dashboard", command, self._folder, environment=environment))
            wait_until("it prints its address", lambda: self.address in child.out.read_text(), WAIT_S, [child])
            self._dashboard = child
        return self._dashboard


def tile(page: Page, stream_id: str) -> Locator:
    """The tile of a bed on the ward page."""
    return page.locator(f"[data-stream={stream_id}]")


def make_bed_frame() -> dict[str, object]:
    """A monitored bed, as a ward frame has it."""
    return BedView(
        stream_id="bed-1", monitored=True, origin="synthetic", state="monitoring", hr_bpm=188, hr_low_bpm=50,
        hr_high_bpm=120, lead_quality=(0.9,), sig_name=("II",),
    ).model_dump()  # fmt: skip


def wait_not_monitored(page: Page, stream_id: str, since_s: float) -> None:
    """Wait until a tile shows NOT MONITORED; fail if that takes longer than :data:`LOST_S`."""
    expect(tile(page, stream_id)).to_have_attribute("data-monitored", "false", timeout=SOON_MS)
    assert time.monotonic() - since_s < LOST_S
    expect(tile(page, stream_id).get_by_text("NOT MONITORED")).to_be_visible()
    expect(tile(page, stream_id).locator(".rate")).to_have_text("---")
    expect(tile(page, stream_id).locator("canvas")).not_to_be_visible()


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Poll from here, because the page's own policy forbids Playwright to poll inside the page."""
    deadline_s = time.monotonic() + SOON_MS / 1000
    while not condition():
        assert time.monotonic() < deadline_s
        page.wait_for_timeout(100)


def wait_until_inked(page: Page, canvas: Locator, proportion: float) -> None:
    """Wait until more than this proportion of a canvas's columns is drawn on."""
    wait_for(page, lambda: inked_proportion(canvas) > proportion)


def open_patient(page: Page, stream_id: str) -> None:
    """Open the page of a patient, with initials in the bar."""
    page.locator("#initials").fill("ab")
    tile(page, stream_id).click()
    expect(page.locator("#vitals h1")).to_have_text(stream_id)
