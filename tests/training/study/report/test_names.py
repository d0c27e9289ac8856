"""Words and file names of a report."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.study.report.names import file_name, words_of_figure


@pytest.mark.parametrize(
    ("name", "words"),
    [("macro_auc", "macro AUC"), ("v_f1", "V F1"), ("average_precision", "average precision"), ("f1", "F1")],
)
def test_figures_have_the_words_of_the_literature(name: str, words: str) -> None:
    assert words_of_figure(name) == words


@given(st.text())
def test_any_text_gives_a_plain_file_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", file_name(text))
