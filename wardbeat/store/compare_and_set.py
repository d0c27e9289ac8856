"""Changes stored data without losing the change of another process.

A store reads the data, applies a pure rule, and writes the result in one Lua script. The script refuses to write if
another process has changed the data since the read. Then the rule is applied to the new data.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from wardbeat.errors import StoreError

MAX_TRIES: Final = 100
"""Each refused try means that another process succeeded, so this limit is not reached in practice."""

_Read = TypeVar("_Read")
_Change = TypeVar("_Change")


async def compare_and_set(
    subject: str,
    read: Callable[[], Awaitable[_Read]],
    rule: Callable[[_Read], _Change],
    write: Callable[[_Read, _Change], Awaitable[bool]],
) -> tuple[_Read, _Change]:
    """Read, apply the rule and write, until no other process was faster.

    Parameters
    ----------
    subject : str
        The name of the data, for the error message.
    read : callable
        Reads the stored data.
    rule : callable
        Computes the change from the data. It has no side effects, because it may run several times.
    write : callable
        Writes the change and returns True. It writes nothing and returns False if the data has changed since it was
        read.

    Returns
    -------
    before
        The data from the last read.
    change
        The result of the rule, which is stored now.

    Raises
    ------
    StoreError
        If other processes were faster ``MAX_TRIES`` times.
    """
    for _ in range(MAX_TRIES):
        before = await read()
        change = rule(before)
        if await write(before, change):
            return before, change
    raise StoreError(f"{subject}: other processes changed it {MAX_TRIES} times before us; try again")
