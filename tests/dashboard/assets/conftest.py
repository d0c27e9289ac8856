"""Fixtures of the screens: a real browser on a real Redis and a dashboard process."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.feeder import FedBed, Feeder
from tests.support.limits import WAIT_MS
from tests.support.screens import FIRST, MARKUP_LEAD, SECOND, SOON_MS, Services
from wardbeat.embedded.processes import Child
from wardbeat.embedded.redis_server import start_redis


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
    beds[1].sig_name = (MARKUP_LEAD, "V5")
    beds[1].left_out = ("Resp (respiration by name)", "<i>x</i> (no ECG by shape)")
    with Feeder(services.redis.url, beds) as feeding:
        yield feeding


@pytest.fixture
def page(browser: Browser, services: Services, dashboard: Child, feeder: Feeder) -> Iterator[Page]:
    """The ward page with all beds monitored. The test fails if the page loads from another server or has an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
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
