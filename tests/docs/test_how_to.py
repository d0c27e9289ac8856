"""What the how-to pages show works, and their links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.feed import beds, sides
from wardbeat.contracts import codec

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_producer_of_the_example_keeps_the_contract() -> None:
    text = (ROOT / "docs" / "how-to" / "write-a-producer.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)[0]
    namespace: dict[str, Any] = {}
    exec(compile(example, "write-a-producer.md", "exec"), namespace)  # our own page
    blocks = [np.full((2, 125), value, dtype=np.int16) for value in range(3)]
    chunks = list(namespace["chunks"](blocks, "bed-12", "session"))
    for chunk in chunks:
        codec.check_chunk(chunk)
    assert [chunk.first_sample for chunk in chunks] == [0, 125, 250]
    assert chunks[2].d_signal().tolist() == blocks[2].tolist()


def test_every_reason_on_a_tile_is_explained() -> None:
    text = (ROOT / "docs" / "how-to" / "not-monitored.md").read_text(encoding="utf-8")
    script = (ROOT / "dashboard" / "assets" / "beds.js").read_text(encoding="utf-8")
    on_the_screen = re.findall(r'CONNECTION_LOST = "(.+)"', script)
    reasons = [beds.NO_DATA, beds.ENDED, beds.DELAYED, *beds.STOPPED.values(), *sides.PROBLEMS.values(), *on_the_screen]
    assert len(reasons) == 10
    assert [reason for reason in reasons if reason not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    relative = [link for link in links if "://" not in link]
    assert [link for link in relative if not (page.parent / link).exists()] == []
