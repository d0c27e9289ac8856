"""Jobs on all cores, each in a process of its own that never outlives the command that began it."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def run_jobs(function: Callable[[_Job], _Result], jobs: Sequence[_Job], processes: int) -> Iterator[_Result]:
    """What ``function`` makes of each job, as soon as it is there.

    Whatever ends the loop over the results — an error in a job, Ctrl-C — ends the processes as well.

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
        futures = [pool.submit(function, job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.terminate()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _begin_worker() -> None:
    """Ctrl-C is for the command, which then ends its workers; a worker whose command was killed goes as well."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was being written is taken away again
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
