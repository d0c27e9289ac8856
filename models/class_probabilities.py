"""Probabilities of classes from logits, and logits from probabilities, as averages of models need them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax

SURE: Final = 1e-6
"""Probabilities are limited to this distance from 0 and 1, so that their logits are finite."""


def probabilities_of(logits: NDArray[np.floating], *, exclusive: bool) -> NDArray[np.floating]:
    """Probabilities from logits, shape (…, classes): softmax where a row has one class, else sigmoid."""
    return np.asarray(softmax(logits, axis=-1) if exclusive else expit(logits))


def logits_of(probabilities: NDArray[np.floating], *, exclusive: bool) -> NDArray[np.float64]:
    """Logits from probabilities, shape (…, classes); of exclusive classes their logarithms."""
    limited = np.clip(probabilities.astype(np.float64), SURE, 1 - SURE)
    return np.asarray(np.log(limited) if exclusive else logit(limited), np.float64)
