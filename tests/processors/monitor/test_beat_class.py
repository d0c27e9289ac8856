"""The class of a beat: the network's, N for S in fibrillation, Q where noise hides it."""

import numpy as np
import pytest

from processors.monitor.beat_class import UNREADABLE, class_of

CLEAR, HIDDEN = -6.0, 0.5
A_LITTLE_NOISE = -2.0


def p(**classes: float) -> np.ndarray:
    return np.array([classes.get(symbol, 0.0) for symbol in "NSVFQ"], np.float32)


def test_the_likeliest_class_counts() -> None:
    found = class_of(p(N=0.1, V=0.9), CLEAR, no_s=False)
    assert found.symbol == "V"
    assert found.probabilities == found.network_probabilities == (0.1, 0.0, 0.9, 0.0, 0.0)


def test_without_premature_beats_s_counts_as_n_and_the_network_is_kept() -> None:
    found = class_of(p(N=0.2, S=0.5, V=0.3), CLEAR, no_s=True)
    assert (found.symbol, found.probabilities) == ("N", (0.7, 0.0, 0.3, 0.0, 0.0))
    assert found.network_probabilities == (0.2, 0.5, 0.3, 0.0, 0.0)


@pytest.mark.parametrize("symbol", "NSVF")
def test_a_beat_that_noise_hides_has_no_class(symbol: str) -> None:
    found = class_of(p(**{symbol: 1.0}), HIDDEN, no_s=False)
    assert (found.symbol, found.probabilities) == ("Q", UNREADABLE)
    assert max(found.network_probabilities) == 1.0


def test_in_a_little_noise_only_a_sure_v_beat_is_one_and_other_classes_stay() -> None:
    assert class_of(p(V=0.98, N=0.02), A_LITTLE_NOISE, no_s=False).symbol == "V"
    assert class_of(p(V=0.6, N=0.4), A_LITTLE_NOISE, no_s=False).symbol == "Q"
    assert class_of(p(V=0.6, N=0.4), CLEAR, no_s=False).symbol == "V"
    assert class_of(p(S=0.6, N=0.4), A_LITTLE_NOISE, no_s=False).symbol == "S"


@pytest.mark.parametrize("symbol", "VFN")
def test_a_paced_beat_is_n_for_all_rules(symbol: str) -> None:
    found = class_of(p(**{symbol: 0.9, "S": 0.1}), CLEAR, no_s=False, paced=True)
    assert found.symbol == "N"
    assert found.probabilities == found.network_probabilities == (0.9, 0.1, 0.0, 0.0, 0.0)
    assert class_of(p(V=1.0), HIDDEN, no_s=False, paced=True).symbol == "Q"
