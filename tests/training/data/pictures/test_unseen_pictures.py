"""Pictures that measure what is refused."""

from pathlib import Path

import numpy as np
import pytest

from training.data.pictures.unseen_pictures import CHARTS, EACH, SIGNALS, unseen_pictures


@pytest.mark.slow
def test_there_are_pictures_of_each_kind(shared_data: Path) -> None:
    found = list(unseen_pictures(shared_data, seed=0, each=5))
    kinds = {(one.group, one.kind) for one in found}
    assert {
        ("photographs", "photograph"),
        ("text", "text"),
        ("several beats", "strip"),
        ("several beats", "page"),
    } <= kinds
    assert {kind for group, kind in kinds if group == "charts"} == set(CHARTS)
    assert {kind for group, kind in kinds if group == "line plots"} == set(SIGNALS)
    assert all(one.picture.dtype == np.uint8 and one.picture.std() > 0 for one in found)


def test_at_least_300_are_no_ecg() -> None:
    assert 3 * EACH + len(SIGNALS) * EACH // 2 >= 300
