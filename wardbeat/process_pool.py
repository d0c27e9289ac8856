"""Runs jobs on all cores in worker processes that never outlive their command."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


@contextmanager
def run_jobs(function: Callable[[_Job], _Result], jobs: Sequence[_Job], processes: int) -> Iterator[Iterator[_Result]]:
    """The result of ``function`` for each job, as soon as it is complete, for the time of the context.

    If an error or Ctrl-C ends the context early, it ends the processes, too.

    Parameters
    ----------
    function : callable
        A function of a module: another process imports it by name.
    jobs : sequence
        The arguments; each is sent to a process.
    processes : int
        The largest number of processes.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, min(processes, len(jobs))), context, _begin_worker) as executor:
        futures = [executor.submit(_run, function, job) for job in jobs]
        try:
            yield (future.result() for future in as_completed(futures))
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.terminate()
            executor.shutdown(wait=True, cancel_futures=True)
            raise


_working = threading.Event()
"""In a worker process: whether it has a job."""


def _begin_worker() -> None:
    """Ignore Ctrl-C, as the command ends its workers then; end this worker if its command is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _stop(*_: object) -> None:
    if _working.is_set():
        sys.exit(1)  # the job removes its incomplete files
    os._exit(1)


def _run(function: Callable[[_Job], _Result], job: _Job) -> _Result:
    try:
        _working.set()
        return function(job)
    except SystemExit:
        os._exit(1)  # the executor would treat it as a failure of the job, and the worker would wait for ever
    finally:
        _working.clear()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
