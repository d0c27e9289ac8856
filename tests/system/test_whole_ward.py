"""The whole ward with real processes: replay → Kafka → worker → Redis → dashboard → a page in a real browser."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.limits import WAIT_MS, WAIT_S, promised
from tests.support.records_on_disk import write_record
from wardbeat.ecg.synthetic import GAIN_PER_MV, Rhythm, synthetic_record
from wardbeat.embedded.processes import Child, free_ports, wait_until
from wardbeat.embedded.services import (
    environment,
    start_dashboard,
    start_replay,
    start_worker,
    web_server_answers,
    worker_health,
)

pytestmark = [pytest.mark.slow, pytest.mark.in_time]

LOST_S = promised(5.0)
"""A screen shows within this time that a bed is not monitored."""
QUIET, SLOW = "quiet", "slow"
RECORDS: dict[str, Rhythm] = {QUIET: "sinus", SLOW: "brady"}
"""Records of an hour. The second one has 44 beats a minute throughout, so its alert does not end during the test."""
RECORD_S = 3600


class RunningWard:
    """Every service as the demo starts it; a test may kill each and start it again."""

    def __init__(self, kafka: str, redis_url: str, folder: Path, stack: ExitStack) -> None:
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder, self._stack, self._redis_url = folder, stack, redis_url
        self._records = write_records(folder / "records")
        self._variables = environment(kafka, redis_url, "worker-1", folder / "data")

    def worker(self) -> Child:
        child = self._stack.enter_context(start_worker(self._folder, self._variables))
        wait_until("the worker reports its state", self._worker_reports, WAIT_S, [child])
        return child

    def _worker_reports(self) -> bool:
        return worker_health(self._redis_url, "worker-1") is not None

    def dashboard(self) -> Child:
        child = self._stack.enter_context(start_dashboard(self._folder, self._variables, "127.0.0.1", self.port))
        wait_until("the dashboard answers", lambda: web_server_answers(self.address), WAIT_S, [child])
        return child

    def replay(self) -> Child:
        return self._stack.enter_context(start_replay(self._folder, self._variables, ["--records", str(self._records)]))


def write_records(folder: Path) -> Path:
    """Write the patients' records; return their folder."""
    folder.mkdir()
    for name, rhythm in RECORDS.items():
        record = synthetic_record(rhythm, RECORD_S, seed=1)
        signal = record.read(0, record.n_samples).astype(np.int64)
        write_record(folder, signal, name=name, fs=record.fs, gain=GAIN_PER_MV, sig_name=record.sig_name)
    return folder


@pytest.fixture
def ward(ward_topics: str, redis_server: str, tmp_path: Path) -> Iterator[RunningWard]:
    with ExitStack() as stack:
        yield RunningWard(ward_topics, redis_server, tmp_path, stack)


def kill(child: Child) -> float:
    """Kill a service as a crash would; return the time of its end."""
    child.signal(signal.SIGKILL)
    child.wait(WAIT_S)
    return time.monotonic()


def wait_all_lost(page: Page, since_s: float) -> None:
    """Every tile shows in time that its bed is not monitored, and shows no number."""
    expect(page.locator("[data-stream][data-monitored=false]")).to_have_count(2, timeout=WAIT_MS)
    assert time.monotonic() - since_s < LOST_S
    for rate in page.locator("[data-stream] .rate").all():
        expect(rate).to_have_text("---")


def wait_all_back(page: Page) -> None:
    expect(page.locator("[data-stream][data-monitored=true]")).to_have_count(2, timeout=WAIT_MS)


def picture(canvas: Locator) -> str:
    return str(canvas.evaluate("(canvas) => canvas.toDataURL()"))


def test_from_the_signal_to_the_screen_and_through_every_death(ward: RunningWard, browser: Browser) -> None:
    worker, dashboard, replay = ward.worker(), ward.dashboard(), ward.replay()
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(ward.address)
    wait_all_back(page)
    trace = page.locator(f"[data-stream='{QUIET}'] canvas")
    before = picture(trace)
    tile = page.locator(f"[data-stream='{SLOW}']")
    expect(tile).to_contain_text("Slow heart rate", timeout=WAIT_MS)
    assert picture(trace) != before, "the trace moves"
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
    alert_id = button.locator("xpath=ancestor::*[@data-alert][1]").get_attribute("data-alert")
    button.click()
    row = page.locator(f"[data-alert='{alert_id}']")
    expect(row).to_contain_text("AB", timeout=WAIT_MS)
    page.reload()
    expect(row).to_contain_text("AB", timeout=WAIT_MS)
    page.keyboard.press("Escape")
    wait_all_back(page)
