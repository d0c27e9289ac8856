"""Missing, flat and noisy leads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.explore.lead_facts import LeadTally, flat_samples

NAN = float("nan")


def test_a_lead_is_counted_over_its_blocks() -> None:
    tally = LeadTally(("I", "V1"), 10.0)
    tally.add(np.array([[0.0, 1.0, 0.5, NAN], [2.0, 2.0, 2.0, 2.0]]))
    tally.add(np.array([[0.0, 1.0, 0.5, 0.2], [NAN] * 4]))
    tally.quality += [(1.0, 0.0), (0.4, 0.0)]
    one, other = tally.facts()
    assert (one.name, one.missing, one.flat, one.seconds) == ("I", 1 / 8, 0.0, 2)
    assert (one.quality, one.poor, one.unusable) == (pytest.approx(0.7), 0.5, 0.0)
    assert one.amplitude_mv == pytest.approx(0.98, abs=0.02)
    assert (other.missing, other.flat, other.unusable, other.amplitude_mv) == (0.5, 0.5, 1.0, 0.0)


def test_a_record_without_a_second_has_no_quality() -> None:
    tally = LeadTally(("I",), 10.0)
    tally.add(np.full((1, 3), NAN))
    (lead,) = tally.facts()
    assert (lead.seconds, lead.quality, lead.amplitude_mv, lead.missing) == (0, 0.0, None, 1.0)


@given(st.lists(st.sampled_from([0.0, 1.0, NAN]), max_size=60), st.integers(2, 5))
def test_flat_samples_are_those_of_long_runs(values: list[float], least: int) -> None:
    expected, run = 0, 0
    for at, value in enumerate(values):
        run = run + 1 if at and value == values[at - 1] else 1
        ends = at == len(values) - 1 or values[at + 1] != value
        expected += run if ends and run >= least and value == value else 0  # noqa: PLR0124 # NaN differs from itself
    assert flat_samples(np.array(values, np.float64), least) == expected
