"""The whole ward with real processes: replay → Kafka → worker → Redis → dashboard → a page in a real browser."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from wardbeat.embedded.processes import Child, free_ports, wait_until
from wardbeat.embedded.services import (
    dashboard_answers,
    environment,
    start_dashboard,
    start_replay,
    start_worker,
    worker_health,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]  # every service starts at least once, some twice

START_LIMIT_S = 60.0
LOST_S = 5.0
"""Within this a screen must say that it knows nothing of a bed."""
ALERT_MS = 90_000
"""A patient is learned for 30 s before ectopy is told of."""
QUIET, ECTOPIC = "100", "208"


class RunningWard:
    """Every service as the demo starts it, each of which a test may kill and start again."""

    def __init__(self, kafka: str, redis_url: str, folder: Path, stack: ExitStack) -> None:
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder, self._stack, self._redis_url = folder, stack, redis_url
        self._variables = environment(kafka, redis_url, "worker-1", folder / "data")

    def worker(self) -> Child:
        child = self._stack.enter_context(start_worker(self._folder, self._variables))
        wait_until(
            "the worker watches", lambda: bool(worker_health(self._redis_url, "worker-1")), START_LIMIT_S, [child]
        )
        return child

    def _worker_watches(self) -> bool:
        return worker_health(self._redis_url, "worker-1") is not None

    def dashboard(self) -> Child:
        child = self._stack.enter_context(start_dashboard(self._folder, self._variables, "127.0.0.1", self.port))
        wait_until("the dashboard answers", lambda: dashboard_answers(self.address), START_LIMIT_S, [child])
        return child

    def replay(self) -> Child:
        return self._stack.enter_context(
            start_replay(self._folder, self._variables, ["--loop", "--duration", "600", QUIET, ECTOPIC])
        )


@pytest.fixture
def ward(ward_topics: str, redis_server: str, tmp_path: Path) -> Iterator[RunningWard]:
    with ExitStack() as stack:
        yield RunningWard(ward_topics, redis_server, tmp_path, stack)


def kill(child: Child) -> float:
    """Kill a service as a crash would; when that was."""
    child.signal(9)
    child.wait(5)
    return time.monotonic()


def wait_all_lost(page: Page, since_s: float) -> None:
    """Every tile says so in time, and shows no number."""
    expect(page.locator("[data-stream][data-monitored=false]")).to_have_count(2, timeout=10_000)
    assert time.monotonic() - since_s < LOST_S
    for rate in page.locator("[data-stream] .rate").all():
        expect(rate).to_have_text("---")


def wait_all_back(page: Page) -> None:
    expect(page.locator("[data-stream][data-monitored=true]")).to_have_count(2, timeout=30_000)


def picture(canvas: Locator) -> str:
    return str(canvas.evaluate("(canvas) => canvas.toDataURL()"))


def test_from_the_signal_to_the_screen_and_through_every_death(ward: RunningWard, browser: Browser) -> None:
    worker, dashboard, replay = ward.worker(), ward.dashboard(), ward.replay()
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(ward.address)
    wait_all_back(page)
    tile = page.locator(f"[data-stream='{ECTOPIC}']")
    before = picture(tile.locator("canvas"))
    expect(tile).to_contain_text("entricular", timeout=ALERT_MS)
    assert picture(tile.locator("canvas")) != before, "the trace moves"
    acknowledge_first(page, tile)

    wait_all_lost(page, kill(replay))
    ward.replay()
    wait_all_back(page)
    wait_all_lost(page, kill(worker))
    ward.worker()
    wait_all_back(page)
    wait_all_lost(page, kill(dashboard))
    ward.dashboard()
    wait_all_back(page)


def acknowledge_first(page: Page, tile: Locator) -> None:
    """Acknowledge an alert on the patient's page, find it acknowledged after a reload, and go back to the ward."""
    tile.click()
    page.locator("#initials").fill("ab")
    button = page.get_by_role("button", name="Acknowledge").first
    alert_id = button.locator("xpath=ancestor::*[@data-alert][1]").get_attribute("data-alert", timeout=10_000)
    button.click()
    row = page.locator(f"[data-alert='{alert_id}']")
    expect(row).to_contain_text("AB", timeout=10_000)
    page.reload()
    expect(row).to_contain_text("AB", timeout=10_000)
    page.keyboard.press("Escape")
    wait_all_back(page)
