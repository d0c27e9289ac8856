"""Each plot is a picture with ink, also of data at the edge of what it can show."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.explored import lead, record
from training.explore import plots
from training.explore.data_set import data_set
from training.explore.examples import ExampleSignal
from training.explore.record_facts import RecordFacts
from training.explore.tables import RecordTable

TABLE = RecordTable("t", {"a": ("N",)})


def is_drawn(path: Path) -> bool:
    with Image.open(path) as image:
        return bool(np.asarray(image.convert("L")).min() < 100)


@pytest.mark.parametrize(
    "facts",
    [
        [record("a", beats={"N": 5, "V": 1}, rhythms_s={"(N": 10.0}, rr_s=[0.8, 0.9], leads=[lead("II"), lead("V1")])],
        [record("a", detected_rr_s=[0.8]), record("b", duration_s=10.0, detected_rr_s=[9.0])],
        [record("a")],
    ],
)
def test_the_plots_of_a_data_set(tmp_path: Path, facts: list[RecordFacts]) -> None:
    found = data_set("set", "", facts, TABLE)
    for kind in {row.kind for row in found.classes}:
        plots.draw_classes(tmp_path / f"{kind}.png", [row for row in found.classes if row.kind == kind])
    plots.draw_spreads(tmp_path / "spreads.png", found)
    plots.draw_leads(tmp_path / "leads.png", found)
    drawn = sorted(tmp_path.glob("*.png"))
    assert len(drawn) >= 3
    assert all(is_drawn(path) for path in drawn)


def test_examples_without_valid_samples_are_drawn(tmp_path: Path) -> None:
    t_s = np.arange(-0.4, 0.6, 0.004)
    good = ExampleSignal("N", "a", "II", t_s, np.sin(t_s))
    invalid = ExampleSignal("N", "b", "II", t_s, np.full(len(t_s), np.nan))
    plots.draw_beats(tmp_path / "beats.png", {"N": [good, invalid], "V": [good]}, {"N": "normal"})
    plots.draw_strips(tmp_path / "strips.png", {"(N": [good, invalid]})
    assert is_drawn(tmp_path / "beats.png")
    assert is_drawn(tmp_path / "strips.png")
