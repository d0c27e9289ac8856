"""The answer about a picture: its texts and its saliency map."""

import pytest

from dashboard.classify_client import PictureReply
from dashboard.pages.study.picture_answer import frame, panel, saliency_figure
from tests.support.layouts import ids_of, text_of


@pytest.fixture
def reply() -> PictureReply:
    return PictureReply.model_validate(
        {
            "file": "<b>beat</b>.png",
            "class": "LBBB",
            "probabilities": {"normal": 0.1, "LBBB": 0.85, "PVC": 0.05},
            "refused": None,
            "saliency": [[0.0, 1.0], [0.2, 0.4], [0.0, 0.0]],
            "notes": ["The lead is unknown."],
        }
    )


def test_the_category_comes_first_then_all_probabilities_in_order_and_what_is_not_known(reply: PictureReply) -> None:
    text = text_of(panel(reply)).replace("\u00a0", " ")
    places = [
        text.index(words)
        for words in (
            "left bundle branch block (LBBB)", "85.0 %", "<b>beat</b>.png", "Probabilities", "LBBB) 85.0 %",
            "normal 10.0 %", "(PVC) 5.0 %", "The lead is unknown.",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_a_refusal_shows_its_reason_and_no_category() -> None:
    reply = PictureReply.model_validate(
        {"file": "page.png", "class": None, "probabilities": {}, "refused": "more than one beat", "notes": []}
    )
    assert text_of(panel(reply)) == "No answer More than one beat page.png"


def test_the_map_has_the_rows_of_the_picture_from_the_top_and_no_margin(reply: PictureReply) -> None:
    figure = saliency_figure(reply)
    (heat,) = figure.data
    assert heat.z[0][1] == 1.0
    assert (heat.zmin, heat.zmax, figure.layout.yaxis.autorange) == (0, 1, "reversed")
    margin = figure.layout.margin
    assert (margin.l, margin.r, margin.t, margin.b) == (0, 0, 0, 0)


@pytest.mark.parametrize("saliency", [None, []])
def test_without_a_map_nothing_lies_over_the_picture(reply: PictureReply, saliency: list[list[float]] | None) -> None:
    assert not saliency_figure(reply.model_copy(update={"saliency": saliency})).data


def test_the_frame_has_all_elements_that_the_callbacks_fill() -> None:
    found = set[str]().union(*map(ids_of, frame()))
    wanted = {"study-picture", "study-saliency", "study-saliency-layer", "study-show-saliency", "study-saliency-choice"}
    assert found == wanted
