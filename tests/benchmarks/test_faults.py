"""A plan follows from its seed, fits into its run, and strikes one thing at a time."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.faults import KINDS, RECOVERY_S, plan_faults


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), n_faults=st.integers(0, 40), duration_s=st.floats(20, 2000))
def test_faults_come_one_after_the_other_within_the_run(seed: int, n_faults: int, duration_s: float) -> None:
    plan = plan_faults(seed, n_faults, duration_s, workers=3, nodes=3)
    assert plan == plan_faults(seed, n_faults, duration_s, workers=3, nodes=3)
    assert len(plan) == n_faults
    for fault, following in pairwise(plan):
        assert fault.ends_s <= following.at_s + 0.1  # a tenth is how it is printed
    assert all(fault.at_s > 0 and fault.ends_s < duration_s for fault in plan)
    assert all(0 <= fault.target < 3 for fault in plan)
    assert all((fault.step_s != 0) == (fault.kind == "worker_clock_stepped") for fault in plan)


@given(st.integers(0, 1000))
def test_each_kind_comes_once_before_any_comes_twice(seed: int) -> None:
    kinds = [fault.kind for fault in plan_faults(seed, 2 * len(KINDS), 3000, workers=3, nodes=3)]
    assert set(kinds[: len(KINDS)]) == set(KINDS) == set(kinds[len(KINDS) :])


def test_a_long_run_leaves_time_to_recover() -> None:
    plan = plan_faults(1, len(KINDS), 600, workers=3, nodes=3)
    for fault, following in pairwise(plan):
        assert following.at_s - fault.ends_s >= RECOVERY_S - 0.2
    assert {fault.kind for fault in plan} == set(KINDS)


def test_other_seeds_and_kinds() -> None:
    assert plan_faults(1, 5, 600, workers=3, nodes=3) != plan_faults(2, 5, 600, workers=3, nodes=3)
    plan = plan_faults(1, 3, 60, workers=2, nodes=1, kinds=("worker_killed", "node_killed"))
    assert {fault.kind for fault in plan} == {"worker_killed", "node_killed"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_description_names_the_target(kind: str) -> None:
    (fault,) = plan_faults(3, 1, 600, workers=3, nodes=3, kinds=(kind,))
    assert KINDS[kind].description in fault.description
