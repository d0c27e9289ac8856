"""Scores of a QRS network add up, and the shipped network scores as expected."""

from pathlib import Path

import pytest

from tests.support.shipped_qrs import shipped_qrs
from training.evaluation.qrs_score import QrsScore, score_records, total


def test_scores_add_up() -> None:
    a, b = QrsScore(9, 1, 0), QrsScore(8, 0, 2)
    assert total([a, b]) == QrsScore(17, 1, 2)
    assert a.sensitivity == 0.9
    assert b.positive_predictivity == 0.8
    assert total([a, b]).f1 == pytest.approx(34 / 37)


@pytest.mark.slow
def test_the_shipped_network_finds_the_beats_of_a_record(shared_data: Path) -> None:
    scores = score_records(shipped_qrs(), [shared_data / "mitdb" / "101", shared_data / "svdb" / "S001"])
    assert list(scores) == ["101", "S001"]
    assert scores["101"].hits + scores["101"].missed == 1523
    assert all(score.f1 > 0.99 for score in scores.values())


@pytest.mark.slow
def test_paced_beats_with_their_energy_late_are_found(shared_data: Path) -> None:
    (score,) = score_records(shipped_qrs(), [shared_data / "mitdb" / "104"]).values()
    assert score.missed + score.extra <= 20
