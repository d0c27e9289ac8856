"""The ward runs in one thread of its own, one call after the other."""

import asyncio
import threading
import time
from collections.abc import Iterable

import pytest

from processors.ward.ward import Ward, WardOutput
from processors.worker.ward_thread import WardThread
from tests.support.samples import make_chunk
from tests.support.stub_networks import RowNetworks
from wardbeat.contracts.messages import EcgChunk


class RecordingWard(Ward):
    """Keeps which thread runs each call, and fails if two calls overlap."""

    def __init__(self) -> None:
        super().__init__(RowNetworks())
        self.threads: list[str] = []
        self._free = threading.Lock()

    def take(self, chunks: Iterable[EcgChunk]) -> list[WardOutput]:
        assert self._free.acquire(blocking=False), "two calls at the same time"
        self.threads.append(threading.current_thread().name)
        time.sleep(0.01)
        self._free.release()
        return super().take(chunks)


async def test_calls_run_one_after_the_other_in_the_same_thread_beside_the_event_loop() -> None:
    ward = RecordingWard()
    thread = WardThread(ward)
    await asyncio.gather(*(thread.take([make_chunk(sequence=n)]) for n in range(5)))
    assert len(ward.threads) == 5
    (name,) = set(ward.threads)
    assert name != threading.current_thread().name
    assert thread.has("bed-1")
    await thread.drop("bed-1")
    assert not thread.has("bed-1")
    thread.close()


async def test_no_chunks_run_nothing() -> None:
    ward = RecordingWard()
    thread = WardThread(ward)
    assert await thread.take([]) == []
    assert ward.threads == []
    thread.close()


async def test_a_monitor_is_restored_from_its_snapshot() -> None:
    thread = WardThread(Ward(RowNetworks()))
    await thread.take([make_chunk()])
    snapshots = await thread.snapshots(["bed-1", "bed-2"])
    assert list(snapshots) == ["bed-1"], "bed-2 has no monitor"
    await thread.drop("bed-1")
    await thread.restore(snapshots)
    assert thread.has("bed-1")
    assert await thread.snapshots(["bed-1"]) == snapshots
    thread.close()


async def test_an_error_of_the_ward_reaches_the_caller() -> None:
    thread = WardThread(Ward(RowNetworks()))
    with pytest.raises(Exception, match="no snapshot"):
        await thread.restore({"bed-1": b"junk"})
    thread.close()
