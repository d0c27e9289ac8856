"""Jobs in processes of their own."""

import multiprocessing

import pytest

from wardbeat.errors import RecordError
from wardbeat.pool import run_jobs


def square(number: int) -> int:
    if number < 0:
        raise RecordError(f"{number} is below 0")
    return number * number


@pytest.mark.slow
def test_every_job_has_its_result() -> None:
    assert sorted(run_jobs(square, [3, 1, 2], 2)) == [1, 4, 9]


@pytest.mark.slow
def test_an_error_comes_through_and_leaves_no_process() -> None:
    with pytest.raises(RecordError, match="-1 is below 0"):
        list(run_jobs(square, [1, -1, 2], 2))
    assert multiprocessing.active_children() == []


def test_no_job_starts_no_process() -> None:
    assert list(run_jobs(square, [], 2)) == []
