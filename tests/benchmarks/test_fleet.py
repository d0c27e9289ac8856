"""A fleet restarts what ends by itself, and leaves down what a fault has stopped."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import fleet as fleet_module
from benchmarks.fleet import Fleet, FleetOptions
from tests.support.limits import WAIT_S
from wardbeat.embedded.processes import Child

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]


class SleepingWorkers(Fleet):
    """A fleet whose workers are processes that sleep, in place of Kafka, Redis and real workers."""

    started = 0

    def start_worker(self, number: int) -> None:
        self.started += 1
        name = f"worker-{number + 1}.{self.started}"
        self._workers[number] = self._children.enter_context(Child(name, SLEEPS, self._folder))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[SleepingWorkers]:
    with ExitStack() as stack:
        fleet = SleepingWorkers(tmp_path, FleetOptions(tmp_path, 1, 10.0, 2), stack, lambda _: None)
        for number in (0, 1):
            fleet.start_worker(number)
        yield fleet


def worker(fleet: Fleet, number: int) -> Child:
    child = fleet._workers[number]
    assert child is not None
    return child


def test_a_worker_that_ends_by_itself_is_restarted_and_counted(fleet: SleepingWorkers) -> None:
    first = worker(fleet, 0)
    first.signal(signal.SIGKILL)
    first.wait(WAIT_S)
    fleet.restart_ended()
    assert [name.split()[:2] for name in fleet.restarts] == [["worker", "1"]]
    assert worker(fleet, 0).exit_code is None
    assert worker(fleet, 0).pid != first.pid


def test_a_worker_that_a_fault_killed_stays_down(fleet: SleepingWorkers) -> None:
    killed = worker(fleet, 1)
    fleet.kill_worker(1)
    fleet.restart_ended()
    assert (killed.exit_code, fleet.restarts, fleet.started) == (-signal.SIGKILL, [], 2)
    with pytest.raises(AssertionError, match="must run before a fault"):
        fleet.kill_worker(1)


def test_a_signal_reaches_a_running_worker_only(fleet: SleepingWorkers) -> None:
    child = worker(fleet, 0)
    fleet.signal_worker(0, signal.SIGTERM)
    assert child.wait(WAIT_S) == -signal.SIGTERM
    fleet.stop_worker(1)
    fleet.signal_worker(1, signal.SIGTERM)  # it is no longer part of the fleet


def test_without_a_replay_the_run_is_not_finished(fleet: SleepingWorkers) -> None:
    assert not fleet.finished
    assert fleet_module.PARTITIONS > fleet_module.NODES
