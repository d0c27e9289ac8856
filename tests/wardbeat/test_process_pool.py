"""Jobs in worker processes."""

import multiprocessing
import time

import pytest

from wardbeat.errors import RecordError
from wardbeat.process_pool import run_jobs

LONG_S = 100.0


def square(number: int) -> int:
    if number < 0:
        raise RecordError(f"{number} is below 0")
    return number * number


@pytest.mark.slow
def test_every_job_has_its_result() -> None:
    with run_jobs(square, [3, 1, 2], 2) as results:
        assert sorted(results) == [1, 4, 9]


@pytest.mark.slow
def test_an_error_comes_through_and_leaves_no_process() -> None:
    with pytest.raises(RecordError, match="-1 is below 0"), run_jobs(square, [1, -1, 2], 2) as results:
        list(results)
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_ctrl_c_between_two_results_ends_the_jobs_that_run() -> None:
    def stopped_after_the_first() -> None:
        with run_jobs(time.sleep, [0.0, LONG_S], 2) as results:
            next(results)
            raise KeyboardInterrupt

    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stopped_after_the_first()
    assert multiprocessing.active_children() == []
    assert time.monotonic() - began_s < LONG_S


def test_no_job_starts_no_process() -> None:
    with run_jobs(square, [], 2) as results:
        assert list(results) == []
