"""ECG paper: its size and its grid."""

import pytest

from dashboard.pages.paper import LEAD_HEIGHT_PX, LEFT_PX, MARGIN_PX, PX_PER_S, RIGHT_PX, empty_paper, graph


@pytest.mark.parametrize(("leads", "begin_s", "end_s"), [(["II"], -10.0, 20.0), (["I", "II", "V1"], 0.0, 10.0)])
def test_the_paper_grows_with_time_and_leads(leads: list[str], begin_s: float, end_s: float) -> None:
    layout = empty_paper(leads, begin_s, end_s).layout
    assert layout.width == PX_PER_S * (end_s - begin_s) + LEFT_PX + RIGHT_PX
    assert layout.height == LEAD_HEIGHT_PX * len(leads) + MARGIN_PX
    assert layout.xaxis.range == (begin_s, end_s)
    assert (layout.xaxis.minor.dtick, layout.yaxis.dtick) == (0.2, 0.5)


def test_a_lead_name_is_never_markup() -> None:
    assert empty_paper(["<b>x</b>"], 0.0, 1.0).layout.yaxis.title.text == "&lt;b&gt;x&lt;/b&gt;"


def test_a_figure_is_shown_in_its_own_size_without_buttons() -> None:
    shown = vars(graph(empty_paper(["II"], 0.0, 10.0, px_per_s=100, lead_height_px=96)))
    assert shown["style"] == {"width": "1048px", "height": "160px"}
    assert shown["config"] == {"displayModeBar": False}
