"""The study page in a real browser: a dashboard without Redis, and a small classify service."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.classify_service import ClassifyService, running
from tests.support.limits import WAIT_MS
from tests.support.study_uploads import dashboard_that_asks


@pytest.fixture(scope="module")
def service() -> ClassifyService:
    return ClassifyService()


@pytest.fixture(scope="module")
def classify_url(service: ClassifyService) -> Iterator[str]:
    """The address of the classify service that the dashboard asks."""
    with running(service) as address:
        yield address


@pytest.fixture(scope="module")
def address(classify_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard."""
    with dashboard_that_asks(classify_url, tmp_path_factory.mktemp("study")) as there:
        yield there


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The study page. The test fails if it loads from another server, breaks its policy or has an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    problems: list[str] = []
    local = (address, "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(local) else problems.append(asked.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(f"{address}study")
    expect(page.locator("#study-choose")).to_be_visible()
    yield page
    assert problems == []
    context.close()
