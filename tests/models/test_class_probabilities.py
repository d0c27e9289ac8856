"""Logits and probabilities of classes are the inverse of each other, and always finite."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.class_probabilities import SURE, logits_of, probabilities_of

LOGITS = st.lists(st.floats(-8, 8), min_size=2, max_size=6).map(lambda values: np.array([values]))


@given(LOGITS, st.booleans())
def test_probabilities_become_their_logits_and_back(logits: np.ndarray, exclusive: bool) -> None:
    found = probabilities_of(logits, exclusive=exclusive)
    assert probabilities_of(logits_of(found, exclusive=exclusive), exclusive=exclusive) == pytest.approx(
        found, abs=1e-5
    )


def test_classes_that_exclude_each_other_sum_to_one() -> None:
    logits = np.array([[1.0, 2.0, -3.0]])
    assert probabilities_of(logits, exclusive=True).sum() == pytest.approx(1.0)
    assert probabilities_of(logits, exclusive=False)[0, 1] == pytest.approx(1 / (1 + np.exp(-2.0)))


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_sure_answer_has_finite_logits(exclusive: bool) -> None:
    found = logits_of(np.array([[0.0, 1.0]], np.float32), exclusive=exclusive)
    assert np.isfinite(found).all()
    assert found[0, 0] == pytest.approx(np.log(SURE), abs=1e-5)
