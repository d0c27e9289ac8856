"""The pages of the reports: their formats, and images inside them."""

import math
from base64 import b64encode
from pathlib import Path

import jinja2
import pytest

from training.evaluation.bootstrap import Interval
from training.evaluation.page import _pictures_of, figure, percent, render, span


def test_an_undefined_figure_is_a_dash() -> None:
    assert (percent(float("nan")), figure(float("nan"))) == ("–", "–")
    assert (percent(0.99876, 1), figure(0.99876)) == ("99.9", "0.999")
    assert span(Interval(0.5, 0.25, 0.75), 1) == "25.0 to 75.0"
    assert span(Interval(math.nan, math.nan, math.nan)) == "–"


def test_a_template_with_a_missing_variable_is_an_error(tmp_path: Path) -> None:
    assert "<title></title>" in render("page.html.j2", tmp_path)
    with pytest.raises(jinja2.UndefinedError):
        render("report.html.j2", tmp_path)


def test_images_are_inside_the_page(tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(b"image")
    environment = jinja2.Environment(autoescape=True)
    template = environment.from_string('<img src="{{ picture(name) }}">')
    assert b64encode(b"image").decode() in template.render(picture=_pictures_of(tmp_path), name="one.png")
