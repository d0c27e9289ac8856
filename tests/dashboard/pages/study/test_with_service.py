"""The study page with the real classify service: what people will send, in a real browser.

The networks are the shipped ones, or small ones with random weights on a clone that has none.
"""

import csv
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from models.pictures import PICTURE_CLASSES
from processors.classify.app import create_app
from processors.classify.classifiers import Classifiers
from tests.support.classify_bundles import write_picture_bundle, write_twelve_lead_bundle
from tests.support.classify_service import serving
from tests.support.drawn_pictures import as_file, beat_picture
from tests.support.study_uploads import choose, file_of

pytestmark = pytest.mark.slow  # a dashboard, the classify service and a browser

ROOT = Path(__file__).parents[4]
BEAT_IMAGES = ROOT.parent / "shared" / "data" / "beat-images"
TWELVE_LEADS = ROOT / "training" / "data" / "ptb_xl" / "excerpt" / "records100" / "00000"
BEAT = file_of("beat.png", as_file(beat_picture()), "image/png")


@pytest.fixture(scope="module")
def classify_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real service in place of the small one."""
    folder = tmp_path_factory.mktemp("bundles")
    shipped = resources.files("models") / "bundles"
    picture = None if (shipped / "picture").is_dir() else write_picture_bundle(folder / "picture")
    leads = None if (shipped / "twelve_lead").is_dir() else write_twelve_lead_bundle(folder / "twelve_lead")
    with serving(create_app(Classifiers(picture, leads), ("127.0.0.1",))) as address:
        yield address


def test_a_picture_of_one_beat_gets_a_category_and_a_map(page: Page) -> None:
    if BEAT_IMAGES.is_dir():
        with (BEAT_IMAGES / "labels.csv").open(encoding="utf-8") as file:
            row = next(row for row in csv.DictReader(file) if row["beat"] == "PVC")
        answer = choose(page, BEAT_IMAGES / row["folder"] / row["file"])
    else:
        answer = choose(page, BEAT)
    expect(answer.locator(".category")).to_be_visible()
    expect(answer.locator(".bars tr")).to_have_count(len(PICTURE_CLASSES))
    expect(page.locator("#study-saliency .heatmaplayer image")).to_be_visible()


@pytest.mark.parametrize("kind", ["photograph", "several beats", "page"])
def test_what_is_no_single_beat_is_refused(page: Page, kind: str) -> None:
    random = np.random.default_rng(7)
    if kind == "photograph":  # light and dark areas with the noise of a camera
        rows, columns = np.mgrid[0:480, 0:640]
        scene = 128 + 90 * np.sin(rows / 70) * np.cos(columns / 45) + random.normal(0, 25, rows.shape)
        content, name = as_file(Image.fromarray(scene.clip(0, 255).astype(np.uint8)), "JPEG"), "garden.jpg"
    elif kind == "several beats":
        content, name = as_file(beat_picture((1200, 160), beats=8)), "strip.png"
    else:
        sheet = Image.new("L", (1200, 900), 255)
        for row in range(3):
            for column in range(4):
                sheet.paste(beat_picture((270, 200), beats=3), (15 + 300 * column, 40 + 290 * row))
        content, name = as_file(sheet), "page.png"
    answer = choose(page, file_of(name, content, "image/png"))
    expect(answer.locator(".refusal, .category")).to_be_visible()
    if kind == "page" or (resources.files("models") / "bundles" / "picture").is_dir():
        expect(answer.locator(".refusal")).to_contain_text(name)
        expect(page.locator("#study-picture-frame")).not_to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("note.png", b"this is text", "Not a picture"),
        ("bomb.png", None, "more than 50 million pixels"),
        ("half.png", BEAT["buffer"][:300], "damaged"),
        ("empty.png", b"", "Not a picture"),
    ],
    ids=["text", "bomb", "half", "empty"],
)
def test_what_is_no_picture_is_refused_and_not_shown(page: Page, name: str, content: bytes | None, reason: str) -> None:
    bomb = as_file(Image.new("1", (10_000, 10_000)), optimize=True) if content is None else content
    answer = choose(page, file_of(name, bomb, "image/png"))
    expect(answer.locator(".refusal")).to_contain_text(reason)
    expect(page.locator("#study-picture-frame")).not_to_be_visible()


def test_a_record_of_twelve_leads_is_answered_by_the_networks_and_the_monitor(page: Page) -> None:
    header = min(TWELVE_LEADS.glob("*.hea"))
    answer = choose(page, header, *TWELVE_LEADS.glob(f"{header.stem}_*.dat"))
    expect(answer.locator("h2")).to_have_text(header.stem)
    expect(answer).to_contain_text("12 leads")
    for words in ("normal ECG (NORM)", "myocardial infarction (MI)", "abnormal", "Mean heart rate", "normal (N)"):
        expect(answer).to_contain_text(words)
    expect(answer.locator(".js-plotly-plot text[class^=y][class$=title]")).to_have_count(12)


def test_a_csv_needs_a_rate_and_gets_the_monitor(page: Page) -> None:
    second = np.arange(2500) / 250
    beat = np.exp(-(((second % 0.8) - 0.4) ** 2) / 0.0004)
    table = "II\n" + "\n".join(f"{value:.3f}" for value in beat)
    expect(choose(page, file_of("ecg.csv", table.encode()))).to_contain_text("state its sampling rate")
    page.locator("#study-fs").fill("250")
    answer = choose(page, file_of("ecg.csv", table.encode()))
    expect(answer).to_contain_text("1 lead (II), 250 Hz, 10.0 s")
    expect(answer).to_contain_text("75 /min")


def test_a_signal_without_its_header_is_named(page: Page) -> None:
    expect(choose(page, file_of("100.dat", b"\0" * 3000))).to_contain_text("a WFDB signal file needs its header")
