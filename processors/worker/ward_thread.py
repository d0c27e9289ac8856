"""The ward in a thread of its own: the event loop stays free for heartbeats and for Kafka."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from processors.ward.ward import Ward, WardOutput
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import EcgChunk

_P = ParamSpec("_P")
_T = TypeVar("_T")


class WardThread:
    """Runs each call of a ward in one thread, one call after the other. No other code touches the ward."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ward")

    async def take(self, chunks: Sequence[EcgChunk]) -> Sequence[WardOutput]:
        return await self._run(self._ward.take, chunks) if chunks else []

    async def set_patients(
        self, patients: Mapping[str, PatientSettings], later: Collection[str]
    ) -> Sequence[WardOutput]:
        return await self._run(self._ward.set_patients, patients, later)

    async def outdated(self, patients: Mapping[str, PatientSettings]) -> Sequence[str]:
        return await self._run(self._ward.outdated, patients)

    async def snapshots(
        self, stream_ids: Iterable[str], next_settings: Mapping[str, PatientSettings] | None = None
    ) -> Mapping[str, bytes]:
        return await self._run(self._ward.snapshots, stream_ids, next_settings)

    async def restore(self, snapshots: Mapping[str, bytes]) -> Sequence[WardOutput]:
        return await self._run(self._ward.restore, snapshots)

    async def drop(self, stream_id: str) -> None:
        await self._run(self._ward.drop, stream_id)

    def has(self, stream_id: str) -> bool:
        """Whether the stream has a monitor. Call it only while no other call runs."""
        return self._ward.has(stream_id)

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
