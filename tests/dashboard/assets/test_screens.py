"""The screens in a real browser, on a real Redis and a dashboard process of their own."""

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_websocket
from websockets.typing import Origin

from dashboard.api.views import BedView
from tests.support.feeder import FedBed, Feeder
from tests.support.ink import drawn, growth, inked_share, watch_growth
from wardbeat.embedded.processes import Child, free_ports, wait_until, wardbeat
from wardbeat.embedded.redis_server import EmbeddedRedis, start_redis

pytestmark = pytest.mark.slow  # Redis, a dashboard and a browser

START_LIMIT_S = 30.0
LOST_S = 5.0
"""Within this a screen must say that it knows nothing of a bed."""
SOON_MS = 10_000
FIRST, SECOND = "bed-1", "bed-2"
PULSES_OF_A_HIGH_BURST = 10
DELAYED = re.compile(r"Delayed by [789] s")


class Services:
    """A Redis, and a dashboard that stays at one address however often it is started."""

    def __init__(self, redis: EmbeddedRedis, folder: Path, stack: ExitStack) -> None:
        (self.port,) = free_ports(1)
        self.redis = redis
        self.address = f"http://127.0.0.1:{self.port}/"
        self._folder = folder
        self._stack = stack
        self._dashboard: Child | None = None

    def dashboard(self) -> Child:
        """The running one, or a new one."""
        if self._dashboard is None or self._dashboard.exit_code is not None:
            command = wardbeat("dashboard", "--port", str(self.port))
            environment = {"WARDBEAT_REDIS_URL": self.redis.url}
            child = self._stack.enter_context(Child("dashboard", command, self._folder, environment=environment))
            wait_until("it tells its address", lambda: self.address in child.out.read_text(), START_LIMIT_S, [child])
            self._dashboard = child
        return self._dashboard


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("screens")
    with start_redis(folder) as redis, ExitStack() as stack:
        yield Services(redis, folder, stack)


@pytest.fixture
def dashboard(services: Services) -> Child:
    return services.dashboard()


@pytest.fixture(scope="module")
def feeder(services: Services) -> Iterator[Feeder]:
    beds = [FedBed(FIRST, "sinus", 72.0, seed=1), FedBed(SECOND, "bigeminy", 70.0, seed=2)]
    beds[1].sig_name = ("<img src=x onerror=boom()>", "V5")
    with Feeder(services.redis.url, beds) as feeding:
        yield feeding


@pytest.fixture
def page(browser: Browser, services: Services, dashboard: Child, feeder: Feeder) -> Iterator[Page]:
    """The ward page with all beds monitored; a test fails if it loads from elsewhere or logs an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    elsewhere: list[str] = []
    local = (services.address, "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(local) else elsewhere.append(asked.url))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(services.address)
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)
    yield page
    assert (elsewhere, errors) == ([], [])
    context.close()


def tile(page: Page, stream_id: str) -> Locator:
    return page.locator(f"[data-stream={stream_id}]")


def make_bed_frame() -> dict[str, object]:
    return BedView(
        stream_id="bed-1", monitored=True, origin="synthetic", state="monitoring", hr_bpm=188, hr_low_bpm=50,
        hr_high_bpm=120, lead_quality=(0.9,), sig_name=("II",),
    ).model_dump()  # fmt: skip


def wait_not_monitored(page: Page, stream_id: str, since_s: float) -> None:
    """Wait until a tile says so, and fail if that took longer than it may."""
    expect(tile(page, stream_id)).to_have_attribute("data-monitored", "false", timeout=SOON_MS)
    assert time.monotonic() - since_s < LOST_S
    expect(tile(page, stream_id).get_by_text("NOT MONITORED")).to_be_visible()
    expect(tile(page, stream_id).locator(".rate")).to_have_text("---")
    expect(tile(page, stream_id).locator("canvas")).not_to_be_visible()


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Poll from here: what Playwright would poll inside the page, the page's own policy forbids."""
    deadline_s = time.monotonic() + SOON_MS / 1000
    while not condition():
        assert time.monotonic() < deadline_s
        page.wait_for_timeout(100)


def wait_until_inked(page: Page, canvas: Locator, share: float) -> None:
    wait_for(page, lambda: inked_share(canvas) > share)


def test_the_ward_shows_moving_waveforms_and_heart_rates(page: Page) -> None:
    for stream_id, rate in ((FIRST, "72"), (SECOND, "70")):
        expect(tile(page, stream_id).locator(".rate")).to_have_text(rate)
        expect(tile(page, stream_id)).to_contain_text("50–120")
        expect(tile(page, stream_id)).to_contain_text("SYNTHETIC")
        canvas = tile(page, stream_id).locator("canvas")
        wait_until_inked(page, canvas, 0.05)
        pictures = set()
        for _ in range(4):
            pictures.add(drawn(canvas))
            page.wait_for_timeout(500)
        assert len(pictures) == 4


def test_text_from_outside_stays_text(page: Page) -> None:
    expect(tile(page, SECOND).locator(".lead-name")).to_have_text("<img src=x onerror=boom()>")
    assert page.locator("img").count() == 0


def test_an_alert_appears_and_its_acknowledgement_sticks(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(FIRST, "ventricular_tachycardia")
    expect(tile(page, FIRST)).to_contain_text("!!!Ventricular tachycardia", timeout=3000)
    expect(tile(page, FIRST)).to_have_attribute("data-priority", "high")
    places = page.locator("[data-stream]").evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.stream)")
    assert places == [FIRST, SECOND]

    tile(page, FIRST).focus()
    page.keyboard.press("Enter")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(page.locator("#evidence")).to_contain_text("5 or more ventricular beats", timeout=SOON_MS)
    expect(page.locator("#evidence .js-plotly-plot .main-svg").first).to_be_visible(timeout=3 * SOON_MS)
    row.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#initials")).to_be_focused()  # nobody acts without a name
    expect(row).to_have_attribute("data-state", "active")
    page.locator("#initials").fill("ab")
    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_have_attribute("data-state", "acknowledged")

    page.reload()
    expect(row).to_contain_text("✓ AB", timeout=SOON_MS)
    expect(page.locator("#initials")).to_have_value("AB")
    page.keyboard.press("Escape")
    expect(tile(page, FIRST)).to_contain_text("✓ AB")

    feeder.end_alert(alert)
    expect(tile(page, FIRST)).not_to_contain_text("Ventricular tachycardia")
    tile(page, FIRST).click()
    expect(page.locator(f"#earlier-alerts [data-alert='{alert.alert_id}']")).to_be_visible(timeout=SOON_MS)


def test_a_latched_alert_is_resolved_by_hand(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "asystole")
    page.evaluate("localStorage.setItem('wardbeat-initials', 'CD')")
    page.goto(page.url + f"patient/{SECOND}")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(row.get_by_role("button", name="Acknowledge")).to_be_visible(timeout=SOON_MS)
    expect(row.get_by_role("button", name="close")).not_to_be_visible()  # it is still true
    feeder.end_alert(alert)
    row.get_by_role("button", name="Acknowledge, close").click(timeout=SOON_MS)
    expect(page.locator(f"#earlier-alerts [data-alert='{alert.alert_id}']")).to_contain_text("resolved CD")


def test_nothing_moves_under_a_finger(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(SECOND, "asystole")
    page.evaluate("localStorage.setItem('wardbeat-initials', 'CD')")
    page.goto(page.url + f"patient/{SECOND}")
    button = page.locator(f"[data-alert='{alert.alert_id}']").get_by_role("button", name="Acknowledge")
    expect(page.locator("#evidence .js-plotly-plot .main-svg").first).to_be_visible(timeout=3 * SOON_MS)
    box = button.bounding_box()
    button.hover()
    page.mouse.down()
    other = feeder.raise_alert(FIRST, "asystole")  # its name appears at the top
    page.wait_for_timeout(500)
    assert button.bounding_box() == box
    page.mouse.up()
    expect(page.locator("#elsewhere")).to_contain_text(FIRST)
    expect(page.locator(f"[data-alert='{alert.alert_id}']")).to_have_attribute("data-state", "acknowledged")
    feeder.end_alert(alert)
    feeder.end_alert(other)


def test_the_patient_page_sweeps_all_leads_and_names_beats(page: Page) -> None:
    wait_until_inked(page, tile(page, SECOND).locator("canvas"), 0.3)
    tile(page, SECOND).click()
    expect(page.locator("#leads .trace")).to_have_count(2)
    expect(page.locator("#vitals .rate")).to_have_text("70")
    inked = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    wait_for(page, lambda: bool(page.locator(".beat-row canvas").evaluate(inked)))
    for canvas in page.locator("#leads .trace canvas").all():
        assert inked_share(canvas) > 0.1  # what the tile had shown is shown here at once
        before = drawn(canvas)
        page.wait_for_timeout(500)
        assert drawn(canvas) != before


def test_sound_is_off_until_the_first_click(page: Page, feeder: Feeder) -> None:
    page.add_init_script(
        "window.pulses = 0; const start = OscillatorNode.prototype.start;"
        "OscillatorNode.prototype.start = function (...when) { window.pulses++; return start.apply(this, when); };"
    )
    page.reload()
    alert = feeder.raise_alert(FIRST, "ventricular_fibrillation")
    expect(tile(page, FIRST)).to_contain_text("Ventricular fibrillation", timeout=SOON_MS)
    expect(page.get_by_text("SOUND OFF")).to_be_visible()
    assert page.evaluate("window.pulses") == 0
    canvas = tile(page, FIRST).locator("canvas")
    wait_until_inked(page, canvas, 0.3)
    watch_growth(canvas)
    page.get_by_text("SOUND OFF").click()
    expect(page.get_by_text("SOUND OFF")).not_to_be_visible()
    wait_for(page, lambda: growth(canvas) is not None)
    before, after = growth(canvas) or (0, 0)
    assert after > 0.9 * before > 0, "the tiles grew, and their traces are still there"
    wait_for(page, lambda: page.evaluate("window.pulses") == PULSES_OF_A_HIGH_BURST)
    feeder.end_alert(alert)


def test_a_silent_bed_is_not_monitored_and_comes_back(page: Page, feeder: Feeder) -> None:
    feeder.beds[FIRST].silent = True
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("No data from the bed")
        expect(tile(page, SECOND)).to_have_attribute("data-monitored", "true")
    finally:
        feeder.beds[FIRST].silent = False
    expect(tile(page, FIRST)).to_have_attribute("data-monitored", "true")


def test_a_bed_whose_ecg_comes_late_says_by_how_much_and_its_trace_stands_still(page: Page, feeder: Feeder) -> None:
    canvas = tile(page, FIRST).locator("canvas")
    wait_until_inked(page, canvas, 0.3)
    feeder.beds[FIRST].late_s = 7.0
    try:
        expect(tile(page, FIRST)).to_contain_text(DELAYED, timeout=SOON_MS)
        expect(tile(page, FIRST)).to_contain_text("Alerts are late, too")
        expect(tile(page, FIRST)).not_to_contain_text("NOT MONITORED")
        expect(tile(page, FIRST).locator(".rate")).to_have_text("---")
        expect(tile(page, SECOND)).to_have_attribute("data-monitored", "true")
        expect(page.locator("#counts")).to_have_text("1 of 2 beds monitored")
        before = drawn(canvas)
        page.wait_for_timeout(1000)
        assert drawn(canvas) == before, "strips come, and are not drawn as if they were live"
        tile(page, FIRST).click()
        expect(page.locator("#vitals")).to_contain_text(DELAYED)
        expect(page.locator("#vitals .rate")).to_have_text("---")
    finally:
        feeder.beds[FIRST].late_s = 0.0
    expect(page.locator("#vitals .rate")).to_have_text("72", timeout=SOON_MS)
    expect(page.locator("#vitals")).not_to_contain_text(DELAYED)


def test_without_workers_no_bed_is_monitored(page: Page, feeder: Feeder) -> None:
    feeder.working = False
    try:
        for stream_id in (FIRST, SECOND):
            wait_not_monitored(page, stream_id, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("Monitoring stopped")
    finally:
        feeder.working = True
    expect(page.locator("[data-monitored=true]")).to_have_count(2)


def test_redis_that_hangs_is_said_and_survived(page: Page, services: Services, dashboard: Child) -> None:
    services.redis.child.signal(signal.SIGSTOP)
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(page.locator("#problem")).to_contain_text("Redis")
    finally:
        services.redis.child.signal(signal.SIGCONT)
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)
    expect(page.locator("#problem")).not_to_be_visible()
    canvas = tile(page, FIRST).locator("canvas")
    before = drawn(canvas)
    wait_for(page, lambda: drawn(canvas) != before)
    dashboard.check()


def test_a_dashboard_that_hangs_is_as_lost_as_a_dead_one(page: Page, dashboard: Child) -> None:
    dashboard.signal(signal.SIGSTOP)
    try:
        wait_not_monitored(page, FIRST, time.monotonic())
        expect(tile(page, FIRST)).to_contain_text("Connection to Wardbeat lost")
        expect(page.locator("#problem")).to_contain_text("Look at the patients")
    finally:
        dashboard.signal(signal.SIGCONT)
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)


@pytest.mark.parametrize(
    ("count", "width", "height", "scrolls"), [(1, 1280, 720, False), (16, 1920, 1080, False), (64, 1920, 1080, True)]
)
def test_tiles_fill_the_screen(
    browser: Browser, services: Services, dashboard: Child, count: int, width: int, height: int, scrolls: bool
) -> None:
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        bed = make_bed_frame()
        beds = [{**bed, "stream_id": f"bed-{n}"} for n in range(count)]
        frame = json.dumps({"type": "ward", "unix_ms": 0, "monotonic_ms": 0, "problem": None, "beds": beds})
        page.route_web_socket("**/live", lambda socket: socket.on_message(lambda _: socket.send(frame)))
        page.goto(services.address)
        expect(page.locator(".tile")).to_have_count(count, timeout=SOON_MS)
        ward = page.locator("#ward")
        assert ward.evaluate("(ward) => ward.scrollHeight > ward.clientHeight") is scrolls
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        box = page.locator(".tile").last.bounding_box()
        assert box is not None
        assert (box["width"] >= 300, box["height"] >= 150) == (True, True)


def test_a_phone_shows_everything_without_scrolling_sideways_and_alerts_first(page: Page, feeder: Feeder) -> None:
    alert = feeder.raise_alert(FIRST, "asystole")
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("", f"patient/{FIRST}"):
        page.goto(page.url.split("patient", maxsplit=1)[0] + path)
        expect(page.get_by_text("72", exact=True).first).to_be_visible(timeout=SOON_MS)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    row = page.locator(f"[data-alert='{alert.alert_id}']")
    expect(row.get_by_role("button", name="Acknowledge")).to_be_in_viewport(ratio=1)
    feeder.end_alert(alert)


def test_foreign_pages_get_nothing(services: Services, dashboard: Child) -> None:
    live = services.address.replace("http", "ws") + "live"
    with pytest.raises(InvalidStatus, match="403"), connect_websocket(live, origin=Origin("http://evil.example")):
        pass
    act = f"{services.address}api/v1/alerts/00000000-0000-5000-8000-000000000000/acknowledge"
    assert httpx.post(act, json={"by": "AB"}, headers={"origin": "http://evil.example"}).status_code == 403
    assert httpx.get(services.address, headers={"host": "evil.example"}).status_code == 421


def test_a_killed_dashboard_is_said_and_its_return_needs_no_reload(
    page: Page, services: Services, dashboard: Child, feeder: Feeder
) -> None:
    dashboard.signal(signal.SIGKILL)
    killed_s = time.monotonic()
    wait_not_monitored(page, FIRST, killed_s)
    expect(tile(page, SECOND)).to_contain_text("Connection to Wardbeat lost")
    alert = feeder.raise_alert(SECOND, "pause")
    services.dashboard()
    expect(page.locator("[data-monitored=true]")).to_have_count(2, timeout=SOON_MS)
    expect(tile(page, SECOND)).to_contain_text("Pause", timeout=SOON_MS)
    feeder.end_alert(alert)


def test_a_dashboard_ends_at_once_when_told_to(page: Page, services: Services, dashboard: Child) -> None:
    told_s = time.monotonic()
    assert dashboard.stop() == 0
    assert time.monotonic() - told_s < LOST_S
    assert dashboard.log.read_text() == ""
