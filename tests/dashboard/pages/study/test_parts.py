"""Bars and refusals."""

import pytest

from dashboard.pages.study.parts import bars, capital, percent, refusal
from tests.support.layouts import text_of


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(0.0, "0.0 %"), (0.0004, "< 0.1 %"), (0.001, "0.1 %"), (0.918, "91.8 %"), (0.9996, "> 99.9 %"), (1.0, "100.0 %")],
)
def test_a_probability_never_looks_more_certain_than_it_is(probability: float, shown: str) -> None:
    assert percent(probability).replace("\u00a0", " ") == shown


def test_each_bar_has_its_name_its_number_and_its_length() -> None:
    table = bars("Rhythm", [("sinus rhythm", 0.75), ("other", 1.2)])
    assert text_of(table) == "Rhythm sinus rhythm 75.0\u00a0% other 120.0\u00a0%"
    styles = [getattr(part, "style", None) for part in table._traverse()]  # type: ignore[no-untyped-call]
    assert [style["width"] for style in styles if style] == ["75.00%", "100.00%"]


def test_a_refusal_has_its_reason_as_a_sentence_and_the_file() -> None:
    assert text_of(refusal("x.png", "the picture is blank")) == "No answer The picture is blank x.png"
    assert capital("") == ""
