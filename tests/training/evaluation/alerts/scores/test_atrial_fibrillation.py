"""AF, record by record and beat by beat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.monitor_findings import findings, rhythm
from training.evaluation.alerts.scores.atrial_fibrillation import (
    Flutter,
    StripRow,
    count_beats,
    score_beats,
    score_strips,
    strip_row,
)
from training.evaluation.alerts.scores.proportions import resample_records


def test_af_anywhere_in_a_record_is_af() -> None:
    assert strip_row("a", "A", findings(rhythms=[(0.0, "(N"), (12.0, "(AFIB"), (20.0, "(N")])).called
    assert not strip_row("a", "A", findings(rhythms=[(0.0, "(N"), (12.0, "(AFL")])).called


def test_noise_is_counted_apart() -> None:
    rows = [
        *[StripRow("a", "A", True)] * 6, *[StripRow("b", "A", False)] * 2, StripRow("c", "N", True),
        *[StripRow("d", "N", False)] * 9, StripRow("e", "O", True), *[StripRow("f", "O", False)] * 4,
        *[StripRow("g", "~", True)] * 3, StripRow("h", "~", False),
    ]  # fmt: skip
    found = score_strips(rows, resample_records([str(n) for n in range(len(rows))], 0))
    assert found.counts == {"A": (8, 6), "N": (10, 1), "O": (5, 1), "~": (4, 3)}
    assert found.se.value == pytest.approx(6 / 8)
    assert found.ppv.value == pytest.approx(6 / 8)
    assert found.sp.value == pytest.approx(13 / 15)
    assert found.f1.value == pytest.approx(12 / (12 + 2 + 2))
    assert found.noise_called.value == 0.75


@pytest.mark.parametrize(
    ("flutter", "counts"), [("left out", [20, 10, 10, 40]), ("as other", [20, 20, 10, 50]), ("as AF", [30, 10, 20, 40])]
)
def test_beats_with_flutter_as_either(flutter: Flutter, counts: list[int]) -> None:
    reference = [rhythm("(N", 0, 40), rhythm("(AFIB", 40, 70), rhythm("(AFL", 70, 90), rhythm("(N", 90, 100)]
    found = findings(
        rhythms=[(0.0, "(N"), (30.0, "(AFIB"), (60.0, "(N"), (80.0, "(AFIB"), (90.0, "(N")], duration_s=100.0
    )
    cells = count_beats(found, [float(n) for n in range(100)], reference, flutter)
    assert cells.tolist() == counts


@given(st.lists(st.tuples(*[st.integers(0, 99)] * 4), min_size=1, max_size=8))
def test_records_add_up(counts: list[tuple[int, int, int, int]]) -> None:
    by_record = {str(n): np.array(row) for n, row in enumerate(counts)}
    found = score_beats(by_record, "left out", resample_records(list(by_record), 0))
    assert [found.tp, found.fp, found.fn, found.tn] == np.sum(counts, axis=0).tolist()
    assert set(found.by_record) == {name for name, row in by_record.items() if row[:3].any()}
    if found.tp + found.fn:
        assert found.se.value == pytest.approx(found.tp / (found.tp + found.fn))
