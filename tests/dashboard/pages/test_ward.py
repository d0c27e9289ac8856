"""The layout of the ward page: the elements that the scripts fill."""

import re

from dash import html

from dashboard.pages import ward
from dashboard.server import ASSETS
from tests.support.layouts import ids_of


def test_the_page_has_a_list_of_tiles_and_a_text_for_an_empty_ward() -> None:
    layout = ward.layout()
    assert isinstance(layout, html.Main)
    assert ids_of(layout) == {"ward", "beds", "no-beds"}


def test_every_element_that_the_script_looks_up_is_in_the_page() -> None:
    wanted = set(re.findall(r'getElementById\("([\w-]+)"\)', (ASSETS / "ward.js").read_text(encoding="utf-8")))
    assert wanted <= ids_of(ward.layout())
    assert wanted
