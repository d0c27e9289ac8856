"""The plots of a report."""

from pathlib import Path

import msgspec
import pytest

from tests.support.toy_result import model_result, toy_result
from training.study.report.plots import confusion_file, draw_plots, extra_file
from training.study.results import ClassCurve, Estimate

PNG = b"\x89PNG"


@pytest.mark.slow
def test_every_plot_of_a_full_result_is_drawn(tmp_path: Path) -> None:
    names = draw_plots(toy_result(), tmp_path)
    assert names == [
        "figure.png",
        "roc.png",
        "precision_recall.png",
        "calibration.png",
        "learning.png",
        "confusion_cnn.png",
        "confusion_trees.png",
        "plot_transfer.png",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert all((tmp_path / name).read_bytes().startswith(PNG) for name in names)


def test_a_result_without_curves_has_the_plots_that_it_has_data_for(tmp_path: Path) -> None:
    bare = msgspec.structs.replace(
        model_result("rule", 0.5),
        roc=[ClassCurve("N", [], [], None)],
        precision_recall=[],
        calibration=[],
        history=[],
        confusion=[],
        figures={"macro_f1": Estimate(None)},
    )
    result = msgspec.structs.replace(toy_result(), models=[bare], plots=[], best="rule")
    assert draw_plots(result, tmp_path) == ["figure.png"]


def test_files_have_plain_names() -> None:
    assert confusion_file("picture-cnn") == "confusion_picture_cnn.png"
    assert extra_file(toy_result().plots[0]) == "plot_transfer.png"
