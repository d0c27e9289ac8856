"""Each part of a real ward is killed in turn, and a screen must show and sound it, with the side that failed.

Kafka, Redis, worker, escalator, dashboard and a producer are processes of their own, and the screen is a real browser.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.support.limits import WAIT_MS, WAIT_S, promised
from tests.support.screens import COUNT_PULSES, wait_for
from wardbeat.embedded import services
from wardbeat.embedded.kafka import EmbeddedKafka, start_kafka
from wardbeat.embedded.processes import Child, free_ports, wait_until
from wardbeat.embedded.redis_server import EmbeddedRedis, start_redis
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import create_topics, topic_plans
from wardbeat.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.in_time]  # a whole ward and a browser

LOUD_S = promised(5.0)
BEDS = 2
RECORD_NOTICES = """
window.notices = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission() { return Promise.resolve("granted"); }
  constructor(title, options) { window.notices.push(`${title}: ${options.body}`); }
  close() {}
};
"""
PICTURES = os.environ.get("PICTURES_OF_LOSSES")
"""A folder for a picture of each state, to look at."""


class LoudWard:
    """A whole ward whose parts can be killed and started again."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}/"
        self.redis: EmbeddedRedis = stack.enter_context(start_redis(folder))
        self.kafka: EmbeddedKafka = stack.enter_context(start_kafka(folder))
        servers = self.kafka.bootstrap_servers
        plans = topic_plans(Settings(partitions=2, replication=1, min_insync_replicas=1))
        create_topics(KafkaAccess(servers), plans)
        self._variables = services.environment(servers, self.redis.url, "loud", folder / "data")
        self.worker = self.start_worker()
        self.dashboard = self.start_dashboard()
        options = ["--synthetic", "sinus", "--patients", str(BEDS), "--loop"]
        self.replay = stack.enter_context(services.start_replay(folder, self._variables, options))

    def start_worker(self) -> Child:
        child = self._stack.enter_context(services.start_worker(self._folder, self._variables))
        wait_until("the worker has partitions", self._worker_reports, WAIT_S, [child])
        self.worker = child
        return child

    def start_dashboard(self) -> Child:
        child = services.start_dashboard(self._folder, self._variables, "127.0.0.1", self.port)
        self.dashboard = self._stack.enter_context(child)
        wait_until(
            "the dashboard answers", lambda: services.web_server_answers(self.address.rstrip("/")), WAIT_S, [child]
        )
        return child

    def _worker_reports(self) -> bool:
        return services.worker_health(self.redis.url, "loud") is not None


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoudWard]:
    with ExitStack() as stack:
        yield LoudWard(tmp_path_factory.mktemp("loud"), stack)


class Sockets:
    """The page's WebSocket, which the test cuts while the dashboard runs on."""

    def __init__(self) -> None:
        self.cut = False
        self._open: list[WebSocketRoute] = []

    def route(self, socket: WebSocketRoute) -> None:
        if self.cut:
            socket.close()
            return
        socket.connect_to_server()
        self._open.append(socket)

    def cut_all(self) -> None:
        self.cut = True
        for socket in self._open:
            socket.close()
        self._open.clear()


@pytest.fixture
def sockets() -> Sockets:
    return Sockets()


@pytest.fixture
def screen(browser: Browser, ward: LoudWard, sockets: Sockets) -> Iterator[Page]:
    """A screen whose sound is on, with all beds monitored."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(COUNT_PULSES + RECORD_NOTICES)
        page.route_web_socket(re.compile("/live$"), sockets.route)
        page.goto(ward.address)
        expect(page.locator("[data-monitored=true]")).to_have_count(BEDS, timeout=WAIT_MS)
        page.get_by_text("SOUND OFF").click()
        expect(page.get_by_text("SOUND OFF")).not_to_be_visible()
        expect(page.locator("#problem")).not_to_be_visible()
        yield page


def loud(page: Page, side: str, words: str, break_it: Callable[[], None]) -> None:
    """Break a part: within 5 s the screen shows the side in banner and title, sounds, and notifies."""
    pulses = page.evaluate("window.pulses")
    broken_s = time.monotonic()
    break_it()
    expect(page.locator(f"#problem[data-side={side}]")).to_be_visible()
    wait_for(page, lambda: page.evaluate("window.pulses") > pulses)
    assert time.monotonic() - broken_s < LOUD_S, (
        f"{side}: seen and heard only after {time.monotonic() - broken_s:.1f} s"
    )
    expect(page.locator("#problem")).to_contain_text(words)
    expect(page.locator("#problem")).to_contain_text("Look at the patients")
    expect(page).to_have_title(re.compile("^NOT MONITORED"))
    expect(page.locator("[data-monitored=false]")).to_have_count(BEDS)
    assert [one for one in page.evaluate("window.notices") if one.startswith("NOT MONITORED")]
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{side}.png")


def well(page: Page) -> None:
    """Wait until all beds are monitored again, and nothing says otherwise."""
    expect(page.locator("[data-monitored=true]")).to_have_count(BEDS)
    expect(page.locator("#problem")).not_to_be_visible()
    expect(page).to_have_title(re.compile("^(?!NOT MONITORED)"))


def test_a_cut_socket(screen: Page, sockets: Sockets) -> None:
    loud(screen, "connection", "the connection of this screen is cut", sockets.cut_all)
    sockets.cut = False
    well(screen)


def test_a_killed_dashboard(screen: Page, ward: LoudWard) -> None:
    loud(screen, "dashboard", "dashboard does not answer", lambda: ward.dashboard.signal(signal.SIGKILL))
    ward.dashboard.wait(WAIT_S)
    ward.start_dashboard()
    well(screen)


def test_a_killed_worker(screen: Page, ward: LoudWard) -> None:
    loud(screen, "worker", "worker has stopped", lambda: ward.worker.signal(signal.SIGKILL))
    ward.worker.wait(WAIT_S)
    ward.start_worker()
    well(screen)


def test_a_killed_kafka(screen: Page, ward: LoudWard) -> None:
    (node,) = ward.kafka.nodes
    loud(screen, "kafka", "Kafka", lambda: node.child.signal(signal.SIGKILL))
    node.child.wait(WAIT_S)
    node.start_again()
    ward.kafka.wait_ready()
    well(screen)


def test_a_killed_redis(screen: Page, ward: LoudWard) -> None:
    loud(screen, "redis", "Redis", lambda: ward.redis.child.signal(signal.SIGKILL))
    ward.redis.child.wait(WAIT_S)
    ward.redis.start_again()
    well(screen)
