"""The study page: what it sends, and what it shows in a real browser."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, expect

from dashboard.classify_client import UploadedFile
from dashboard.pages.study.page import MAX_UPLOAD_BYTES, read_upload
from tests.support.classify_service import LEADS, NO_PICTURE, SEVERAL, ClassifyService
from tests.support.drawn_pictures import as_file, beat_picture
from tests.support.screens import wait_for
from tests.support.study_uploads import choose, drop, file_of
from wardbeat.errors import ClassifyError

BEAT = file_of("beat.png", as_file(beat_picture()), "image/png")
MIB = 1024 * 1024


def as_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def test_an_upload_is_read_byte_for_byte() -> None:
    contents = [as_url(b"\x00\xff header"), as_url(b"")]
    assert read_upload(contents, ["a.hea", "a.dat"]) == [
        UploadedFile("a.hea", b"\x00\xff header"),
        UploadedFile("a.dat", b""),
    ]


@pytest.mark.parametrize(
    ("contents", "names", "message"),
    [
        (["data:image/png;base64,%%%"], ["a.png"], "damaged"),
        ([as_url(b"x")], ["a.png", "b.png"], "damaged"),
        ([as_url(b"x")] * 2, ["a.png", "b.png"], "a.png is none of them"),
        ([as_url(b"x" * (MAX_UPLOAD_BYTES // 2 + 1))] * 2, ["a.hea", "a.dat"], "At most 20 MB together, 20.0 MB"),
    ],
)
def test_an_upload_that_is_none_is_refused(contents: list[str], names: list[str], message: str) -> None:
    with pytest.raises(ClassifyError, match=message):
        read_upload(contents, names)


@pytest.mark.slow
def test_a_picture_shows_its_category_its_probabilities_and_a_map_over_it(page: Page, service: ClassifyService) -> None:
    answer = choose(page, BEAT)
    expect(answer.locator("h2")).to_have_text("premature ventricular beat (PVC)")
    expect(answer.locator(".bars tr")).to_have_count(7)
    expect(answer.locator(".bars tr").first).to_contain_text("91.8\u00a0%")
    expect(page.locator("#study-picture")).to_have_attribute("src", as_url(BEAT["buffer"]))
    drawn = page.locator("#study-saliency .heatmaplayer image")
    expect(drawn).to_be_visible()
    loaded = "(picture) => picture.complete && picture.naturalHeight > 0"
    wait_for(page, lambda: bool(page.locator("#study-picture").evaluate(loaded)))
    picture, heat = page.locator("#study-picture").bounding_box(), drawn.bounding_box()
    assert picture
    assert heat
    assert (heat["x"], heat["width"]) == pytest.approx((picture["x"], picture["width"]), abs=2)
    assert (heat["y"], heat["height"]) == pytest.approx((picture["y"], picture["height"]), abs=2)
    assert service.received[-1] == [("beat.png", BEAT["buffer"])]


@pytest.mark.slow
def test_each_picture_is_shown_with_its_own_answer(page: Page) -> None:
    other = as_file(beat_picture((300, 100)))
    for content in (BEAT["buffer"], other, BEAT["buffer"]):
        expect(choose(page, file_of("beat.png", content, "image/png"))).to_contain_text("PVC")
        expect(page.locator("#study-picture")).to_have_attribute("src", as_url(content))


@pytest.mark.slow
def test_what_the_page_cannot_know_is_always_shown(page: Page) -> None:
    limits = page.locator("#study-limits")
    for answered in (False, True):
        if answered:
            expect(choose(page, BEAT)).to_contain_text("PVC")
        expect(limits).to_be_visible()
        expect(limits).to_contain_text("A premature atrial beat looks like a normal one")
        expect(page.locator("#bar")).to_contain_text("Not a medical device")


@pytest.mark.slow
def test_the_keyboard_is_enough(page: Page) -> None:
    opened: list[FileChooser] = []
    page.on("filechooser", lambda dialog: opened.append(dialog))  # noqa: PLW0108 - Playwright inspects a function
    page.reload()  # by then Playwright waits for the dialog
    expect(page.locator("#study-choose")).to_be_visible()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "study-choose":
            break
    button = page.locator("#study-choose")
    expect(button).to_be_focused()
    outline = button.evaluate("(one) => [getComputedStyle(one).outlineStyle, getComputedStyle(one).outlineWidth]")
    assert outline == ["solid", "3px"]
    page.keyboard.press("Enter")
    wait_for(page, lambda: bool(opened))
    opened[0].set_files([BEAT])
    expect(page.locator("#study-answer h2")).to_contain_text("PVC")
    layer = page.locator("#study-saliency-layer")
    expect(layer).to_be_visible()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
    page.keyboard.press("Space")
    expect(layer).not_to_be_visible()
    page.keyboard.press("Space")
    expect(layer).to_be_visible()


@pytest.mark.slow
def test_the_files_of_a_record_are_dropped_together(page: Page, service: ClassifyService) -> None:
    answer = drop(page, file_of("p1.hea", b"header"), file_of("p1.dat", b"\x00\x01"))
    expect(answer).to_contain_text("12 leads")
    assert sorted(service.received[-1]) == [("p1.dat", b"\x00\x01"), ("p1.hea", b"header")]
    for words in (
        "myocardial infarction (MI)",
        "sinus rhythm (SR)",
        "75 /min",
        "11 normal (N)",
        "!!! Ventricular tach",
    ):
        expect(answer).to_contain_text(words)
    names = answer.locator(".js-plotly-plot text[class^=y][class$=title]")
    expect(names).to_have_count(len(LEADS))
    assert sorted(names.all_text_contents()) == sorted(LEADS)
    expect(page.locator("#study-picture-frame")).not_to_be_visible()


@pytest.mark.slow
def test_a_csv_of_few_leads_is_sent_with_its_sampling_rate(page: Page) -> None:
    page.locator("#study-fs").fill("360")
    answer = choose(page, file_of("two.csv", b"I,II\n0,0\n"))
    expect(answer).to_contain_text("2 leads (I, II), 360 Hz")
    expect(answer).to_contain_text("the 12-lead networks need all twelve")


@pytest.mark.slow
def test_refusals_have_their_reason_and_hide_the_former_answer(page: Page) -> None:
    expect(choose(page, BEAT)).to_contain_text("PVC")
    answer = choose(page, file_of("note.png", b"text", "image/png"))
    expect(answer).to_contain_text(NO_PICTURE)
    expect(answer).not_to_contain_text("PVC")
    expect(page.locator("#study-picture-frame")).not_to_be_visible()
    answer = choose(page, file_of("six.png", BEAT["buffer"] + b"several", "image/png"))
    expect(answer).to_contain_text(SEVERAL)
    expect(page.locator("#study-picture-frame")).not_to_be_visible()
    assert page.locator("#study-picture").get_attribute("src") is None, "the browser must not decode it"
    expect(choose(page, file_of("p1.dat", b"\x00"))).to_contain_text("send the .hea file together with the .dat file")
    expect(choose(page, BEAT, BEAT | {"name": "other.png"})).to_contain_text("Send one picture at a time")
    expect(choose(page, file_of("x.png", b"broken"))).to_contain_text("failed (HTTP 500)")
    expect(choose(page, BEAT)).to_contain_text("PVC")  # the same file once more


@pytest.mark.slow
def test_a_file_above_the_limit_is_refused_before_it_is_sent(
    page: Page, service: ClassifyService, tmp_path: Path
) -> None:
    sent = len(service.received)
    answer = drop(page, file_of("large.hea", b""), file_of("large.dat", b""), padding=MAX_UPLOAD_BYTES // 2 + 1)
    expect(answer).to_contain_text("At most 20 MB together; large.hea, large.dat: 20.0 MB")
    expect(page.locator("#study-files .drop")).to_have_class("drop")
    large = tmp_path / "holter.dat"
    with large.open("wb") as file:
        file.truncate(300 * MIB)
    expect(choose(page, large)).to_contain_text("At most 20 MB together; holter.dat: 300.0 MB")
    assert len(service.received) == sent
    expect(drop(page, BEAT)).to_contain_text("PVC")


@pytest.mark.slow
def test_a_file_at_the_limit_is_sent(page: Page, service: ClassifyService, tmp_path: Path) -> None:
    header, signal = tmp_path / "p2.hea", tmp_path / "p2.dat"
    header.write_bytes(b"header")
    signal.write_bytes(bytes(range(256)) * (MAX_UPLOAD_BYTES // 256 - 1))
    expect(choose(page, header, signal)).to_contain_text("12 leads")
    assert dict(service.received[-1])["p2.dat"] == signal.read_bytes()


@pytest.mark.slow
def test_nothing_is_kept(page: Page) -> None:
    expect(choose(page, BEAT)).to_contain_text("PVC")
    kept = "[localStorage.length, sessionStorage.length, document.cookie]"
    assert page.evaluate(kept) == [0, 0, ""]
    page.reload()
    expect(page.locator("#study-choose")).to_be_visible()
    expect(page.locator("#study-answer")).to_be_empty()
    expect(page.locator("#study-picture-frame")).not_to_be_visible()
