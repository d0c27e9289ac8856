"""Jobs on all cores, each in a process of its own that never outlives the command that began it."""

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
    """What ``function`` makes of each job, as soon as it is there, for as long as the context lasts.

    Whatever ends the context early — an error in a job or in what is done with a result, Ctrl-C wherever it strikes —
    ends the processes as well.

    Parameters
    ----------
    function : callable
        Of a module, as it is called by name in another process.
    jobs : sequence
        Each is sent there.
    processes : int
        At most this many at a time.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, min(processes, len(jobs))), context, _begin_worker) as pool:
        futures = [pool.submit(_run, function, job) for job in jobs]
        try:
            yield (future.result() for future in as_completed(futures))
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


_working = threading.Event()
"""In a worker: whether it has a job."""


def _begin_worker() -> None:
    """Ctrl-C is for the command, which then ends its workers; a worker whose command was killed goes as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _stop(*_: object) -> None:
    if _working.is_set():
        sys.exit(1)  # what the job was writing is taken away again
    os._exit(1)


def _run(function: Callable[[_Job], _Result], job: _Job) -> _Result:
    try:
        _working.set()
        return function(job)
    except SystemExit:
        os._exit(1)  # the pool would take it for the job's failure, and have the worker wait for another job for ever
    finally:
        _working.clear()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
