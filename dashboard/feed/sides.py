"""Which side of the system has failed if a bed is not monitored, and whether the whole ward is affected."""

from collections.abc import Sequence
from typing import Final

from dashboard.views import BedView, Side
from wardbeat.store.live_store import LastSeen, WorkerHealth

LOOK: Final = "Look at the patients."
PROBLEMS: Final[dict[Side, str]] = {
    "worker": f"Wardbeat's worker has stopped. No bed is monitored. {LOOK}",
    "kafka": f"Wardbeat's message broker (Kafka) does not answer. No bed is monitored. {LOOK}",
    "redis": f"Wardbeat's data store (Redis) does not answer. No bed is monitored on this screen. {LOOK}",
}
"""What the banner shows if all beds are affected."""
SHARED: Final[tuple[Side, ...]] = ("worker", "kafka")
"""Sides that may fail for one bed and for all."""


def failed_side(workers: Sequence[WorkerHealth], partition: int | None) -> Side | None:
    """The side that has failed for the beds of a partition; None if a worker has it, and Kafka answers this worker.

    Parameters
    ----------
    workers : sequence of WorkerHealth
        The workers that are alive.
    partition : int or None
        None if it is not known: then every worker may have it, as with workers that do not name their partitions.
    """
    is_known = partition is not None and all(worker.owned for worker in workers)
    own = [worker for worker in workers if not is_known or partition in worker.owned]
    if not own:
        return "worker"
    return "kafka" if all(worker.kafka_problem for worker in own) else None


def has_ended(last_seen: LastSeen | None) -> bool:
    """Whether a recording has ended in order. A live device that ends its stream leaves a patient behind."""
    return last_seen is not None and last_seen.final and last_seen.origin != "live"


def ward_side(beds: Sequence[BedView]) -> Side | None:
    """The side that has failed for all beds that should be monitored; None if it is not the same, or no shared side."""
    sides = {bed.lost for bed in beds if bed.monitored or bed.lost is not None}
    return next((side for side in SHARED if sides == {side}), None)
