"""The published table has our model of the same kind beside each row."""

from training.study.tasks.twelve_lead import SuperclassTask
from training.study.twelve_lead.published import PUBLISHED, published_table


def test_our_figures_stand_beside_the_published_ones() -> None:
    table = published_table({"resnet": 0.912, "average": 0.92})
    by_name = {row[0]: row for row in table.rows}
    assert by_name["xresnet1d101"] == ["xresnet1d101", 0.928, 0.005, "resnet", 0.912]
    assert by_name["resnet1d_wang"][3:] == [None, None]
    assert by_name["inception1d"][3:] == ["inception", None]
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert "10.1109/JBHI.2020.3022989" in table.note


def test_our_models_are_those_of_the_task() -> None:
    assert {one.ours for one in PUBLISHED} - {None} < set(SuperclassTask.models)
