import asyncio
from functools import partial

import pytest

from wardbeat.errors import StoreError
from wardbeat.store.compare_and_set import MAX_TRIES, compare_and_set


class Counter:
    """A stored number with a version, which several tasks change."""

    def __init__(self) -> None:
        self.value = self.version = self.refused = 0

    async def read(self) -> tuple[int, int]:
        await asyncio.sleep(0)
        return self.value, self.version

    async def write(self, before: tuple[int, int], value: int) -> bool:
        await asyncio.sleep(0)
        if before[1] != self.version:
            self.refused += 1
            return False
        self.value, self.version = value, self.version + 1
        return True


async def test_changes_at_the_same_time_are_all_kept() -> None:
    counter = Counter()
    changes = [
        compare_and_set("counter", counter.read, lambda before, n=n: before[0] + n, counter.write)  # type: ignore[misc]
        for n in range(20)
    ]
    results = await asyncio.gather(*changes)
    assert counter.value == sum(range(20))
    assert counter.refused > 0, "the tasks must meet"
    assert sorted(version for (_, version), _ in results) == list(range(20)), "each result is from its own last read"


async def test_an_error_of_the_rule_ends_the_change() -> None:
    counter = Counter()

    def refuse(_before: tuple[int, int]) -> int:
        raise ValueError("not allowed")

    with pytest.raises(ValueError, match="not allowed"):
        await compare_and_set("counter", counter.read, refuse, counter.write)
    assert (counter.value, counter.version) == (0, 0)


async def test_endless_refusals_are_an_error_that_names_the_subject() -> None:
    tries: list[int] = []

    async def refuse(tries: list[int], _before: tuple[int, int], value: int) -> bool:
        tries.append(value)
        return False

    with pytest.raises(StoreError, match="bed bed-1: other processes changed it"):
        await compare_and_set("bed bed-1", Counter().read, lambda before: before[0], partial(refuse, tries))
    assert len(tries) == MAX_TRIES
