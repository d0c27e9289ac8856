"""Which side has failed, by what workers and records say."""

import pytest

from dashboard.feed.sides import failed_side, has_ended, ward_side
from dashboard.views import BedView, Side
from wardbeat.contracts.messages import Origin
from wardbeat.store.live_store import LastSeen, WorkerHealth


def worker(*owned: int, kafka: str | None = None) -> WorkerHealth:
    return WorkerHealth("w", 0, len(owned), 1, 0, 0, 0, 0.0, owned, kafka)


@pytest.mark.parametrize(
    ("workers", "partition", "side"),
    [
        ([], 0, "worker"),
        ([], None, "worker"),
        ([worker(0, 1)], 0, None),
        ([worker(0), worker(1)], 1, None),
        ([worker(0)], 1, "worker"),
        ([worker()], 1, None),  # of an earlier version: it may have every partition
        ([worker(0, kafka="away")], 0, "kafka"),
        ([worker(0, kafka="away"), worker(1)], 0, "kafka"),
        ([worker(0, kafka="away"), worker(1)], 1, None),
        ([worker(0, kafka="away"), worker(1)], None, None),
        ([worker(0, kafka="away"), worker(1, kafka="away")], None, "kafka"),
    ],
)
def test_the_failed_side(workers: list[WorkerHealth], partition: int | None, side: Side | None) -> None:
    assert failed_side(workers, partition) == side


@pytest.mark.parametrize(
    ("origin", "final", "ended"), [("live", True, False), ("live", False, False), ("replay", True, True)]
)
def test_only_a_recording_ends_in_order(origin: Origin, final: bool, ended: bool) -> None:
    assert has_ended(LastSeen("bed-1", "s", origin, 1, 250.0, 1, 1, 0, final)) is ended
    assert not has_ended(None)


def bed(lost: Side | None, *, monitored: bool = False) -> BedView:
    return BedView(stream_id="bed-1", monitored=monitored, lost=lost)


@pytest.mark.parametrize(
    ("beds", "side"),
    [
        ([], None),
        ([bed("worker"), bed("worker")], "worker"),
        ([bed("kafka"), bed(None)], "kafka"),  # a recording that has ended does not count
        ([bed("worker"), bed(None, monitored=True)], None),
        ([bed("worker"), bed("kafka")], None),
        ([bed("bed"), bed("bed")], None),  # each of them is named
        ([bed(None)], None),
    ],
)
def test_the_ward_is_lost_if_one_side_has_failed_for_all_its_beds(beds: list[BedView], side: Side | None) -> None:
    assert ward_side(beds) == side
