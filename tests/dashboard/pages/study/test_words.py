import pytest

from dashboard.pages.study.words import in_words, rhythm_in_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LBBB", "left bundle branch block (LBBB)"),
        ("V", "ventricular (V)"),
        ("normal", "normal"),
        ("not_known", "not known"),
    ],
)
def test_a_class_is_named_in_words_and_by_its_name(name: str, words: str) -> None:
    assert in_words(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [("(AFIB", "atrial fibrillation (AFIB)"), ("SR", "sinus rhythm (SR)"), ("(B", "bigeminy (B)"), ("other", "other")],
)
def test_a_rhythm_is_named_with_and_without_its_bracket(name: str, words: str) -> None:
    assert rhythm_in_words(name) == words
