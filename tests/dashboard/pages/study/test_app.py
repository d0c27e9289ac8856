"""The application of /study beside the ward's: its address, its policy, its way from the ward, its limits."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from dashboard.pages.study.app import UPLOADS
from dashboard.pages.study.page import MAX_UPLOAD_BYTES
from tests.support.drawn_pictures import as_file, beat_picture
from tests.support.limits import WAIT_MS
from tests.support.study_uploads import choose, dashboard_that_asks, file_of
from wardbeat.embedded.processes import free_ports

pytestmark = pytest.mark.slow  # a dashboard and a browser


def test_the_page_has_its_own_scripts_and_the_ward_has_none_of_them(address: str) -> None:
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        study, ward = client.get("/study"), client.get("/")
    assert study.url.path == "/study/"
    assert "/assets/study.js" in study.text
    assert "/assets/main.js" not in study.text
    assert "study" not in ward.text


def test_every_inline_script_of_the_page_is_allowed_by_its_hash_alone(address: str) -> None:
    page = httpx.get(f"{address}study/")
    policy = page.headers["content-security-policy"]
    sources = re.search(r"script-src ([^;]*);", policy)
    assert sources
    assert all(source == "'self'" or source.startswith("'sha256-") for source in sources[1].split())
    inline = re.findall(r"<script(?![^>]*(?:src|json))[^>]*>", page.text)
    assert len(sources[1].split()) == 1 + len(inline)


def test_foreign_pages_and_hosts_get_nothing(address: str) -> None:
    assert httpx.get(f"{address}study/", headers={"host": "evil.example"}).status_code == 421
    foreign = {"origin": "http://evil.example"}
    assert httpx.post(f"{address}{UPLOADS[1:]}", headers=foreign, json={}).status_code == 403


def test_an_upload_that_passes_by_the_browser_has_the_same_limit(address: str) -> None:
    body = b"x" * (2 * MAX_UPLOAD_BYTES)
    answer = httpx.post(f"{address}{UPLOADS[1:]}", headers={"x-wardbeat": "1"}, content=body)
    assert answer.status_code == 413


def test_the_ward_continues_in_its_tab_when_its_link_is_followed(browser: Browser, address: str) -> None:
    context = browser.new_context()
    ward = context.new_page()
    ward.set_default_timeout(WAIT_MS)
    ward.goto(address)
    link = ward.get_by_role("link", name="Study")
    ward.evaluate("window.stays = true")
    with context.expect_page() as opened:
        link.click()
    study = opened.value
    expect(study.locator("#study-choose")).to_be_visible()
    assert study.evaluate("window.opener") is None
    expect(choose(study, file_of("beat.png", as_file(beat_picture()), "image/png"))).to_contain_text("PVC")
    assert ward.evaluate("window.stays")
    assert ward.url == address
    expect(ward.locator("#bar")).to_contain_text("beds monitored")
    context.close()


def test_a_service_that_is_away_is_stated_with_its_command(browser: Browser, tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    with dashboard_that_asks(f"http://127.0.0.1:{nobody}", tmp_path) as address:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{address}study")
        answer = choose(page, file_of("beat.png", as_file(beat_picture()), "image/png"))
        expect(answer).to_contain_text(f"does not answer at 127.0.0.1:{nobody}")
        expect(answer).to_contain_text("wardbeat classify serve")
        context.close()


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_the_page_fits_a_phone_and_a_screen(browser: Browser, address: str, size: tuple[int, int]) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{address}study")
    for files in (
        [file_of("beat.png", as_file(beat_picture()), "image/png")],
        [file_of("p1.hea", b""), file_of("p1.dat", b"")],
    ):
        expect(choose(page, *files).locator("h2")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    context.close()
