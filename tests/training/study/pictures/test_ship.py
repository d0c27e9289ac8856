"""The graph of the picture network, and its card; needs TensorFlow."""

from pathlib import Path

import numpy as np
import pytest

from models.pictures import HEIGHT, PICTURE_CLASSES, WIDTH
from wardbeat.errors import TrainingError


def test_without_results_nothing_is_shipped(tmp_path: Path) -> None:
    from training.study.pictures.ship import ship_picture

    with pytest.raises(TrainingError, match="run the study of pictures first"):
        ship_picture(tmp_path, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_refusals_are_added_up_by_group() -> None:
    from training.study.pictures.figures import RefusalLine
    from training.study.pictures.ship import refusals_by_group

    lines = [
        RefusalLine("charts", "pie", 10, 9),
        RefusalLine("text", "text", 5, 5),
        RefusalLine("charts", "bars", 2, 2),
    ]
    assert refusals_by_group(lines) == {"charts": (12, 11), "text": (5, 5)}


@pytest.mark.slow
def test_the_graph_gives_the_probabilities_of_the_network(tmp_path: Path) -> None:
    from models.study.picture import build_picture_network
    from training.study.pictures.ship import export_picture, served_network

    network = build_picture_network({"picture": (HEIGHT, WIDTH, 1)}, len(PICTURE_CLASSES) + 2, width=0.25)
    served = served_network(network)
    assert export_picture(served, tmp_path) < 1e-4
    picture = np.random.default_rng(1).random((3, HEIGHT, WIDTH, 1)).astype(np.float32)
    outputs = {name: np.asarray(value) for name, value in served({"picture": picture}).items()}
    logits = np.asarray(network([picture], training=False))
    assert (outputs["probabilities"].argmax(axis=1) == logits[:, : len(PICTURE_CLASSES)].argmax(axis=1)).all()
    assert outputs["probabilities"].sum(axis=1) == pytest.approx(1.0)
    assert (outputs["not_ecg"] >= outputs["several_beats"]).all()
