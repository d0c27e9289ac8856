"""Several tasks on one Redis, in an order that the test sets command by command."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis


class Turns:
    """Lets tasks run one Redis command at a time, in a given order.

    A task stops before each command of a client that went through :meth:`gate`.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[Any], asyncio.Future[None]] = {}
        self._moved = asyncio.Event()
        self._on = False

    def gate(self, redis: Redis) -> Redis:
        """The client, which from now on waits for its turn in :meth:`run`."""
        execute = redis.execute_command

        async def execute_command(*args: Any, **options: Any) -> Any:
            task = asyncio.current_task()
            if self._on and task is not None:
                self._waiting[task] = asyncio.get_running_loop().create_future()
                self._moved.set()
                await self._waiting[task]
            return await execute(*args, **options)  # type: ignore[no-untyped-call]

        redis.execute_command = execute_command  # type: ignore[method-assign]
        return redis

    async def run(
        self, acts: Sequence[Callable[[], Awaitable[Any]]], order: Sequence[int], killed_at: int | None
    ) -> list[Any]:
        """Run acts at the same time; what each returned or raised, None for one that was killed.

        Parameters
        ----------
        acts : sequence of callable
        order : sequence of int
            The task that goes next, modulo the number of waiting tasks; after the end of the list the first one.
        killed_at : int or None
            The task that has the turn of this number is killed before its command.
        """
        self._on = True
        tasks = [asyncio.ensure_future(act()) for act in acts]
        for task in tasks:
            task.add_done_callback(lambda _: self._moved.set())
        turn = 0
        while not all(task.done() for task in tasks):
            if not all(task.done() or task in self._waiting for task in tasks):
                self._moved.clear()
                await self._moved.wait()
                continue
            ready = [task for task in tasks if task in self._waiting]
            task = ready[(order[turn] if turn < len(order) else 0) % len(ready)]
            go = self._waiting.pop(task)
            if turn == killed_at:
                task.cancel()
                await asyncio.wait([task])
            else:
                go.set_result(None)
            turn += 1
        self._on = False
        return [None if task.cancelled() else task.exception() or task.result() for task in tasks]
