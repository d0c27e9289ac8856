import asyncio

import pytest

from wardbeat.observability.probes import SILENT_AFTER_S, Probes


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_nothing_is_ready_before_its_check_is_set() -> None:
    probes = Probes(["redis", "networks"])
    assert probes.problems() == {"redis": "not yet", "networks": "not yet"}
    problem: str | None = "away"
    probes.set_check("redis", lambda: problem)
    assert probes.problems() == {"redis": "away", "networks": "not yet"}
    problem = None
    probes.set_check("networks", lambda: None)
    assert probes.problems() == {"redis": None, "networks": None}


def test_an_unknown_need_is_refused() -> None:
    with pytest.raises(KeyError):
        Probes(["redis"]).set_check("kafka", lambda: None)


def test_a_loop_that_does_not_turn_is_not_alive() -> None:
    clock = Clock()
    probes = Probes(clock_s=clock)
    clock.now_s += 1000
    assert (probes.silent_s, probes.not_alive()) == (0.0, None)  # there is no loop yet
    probes.turned()
    clock.now_s += SILENT_AFTER_S - 0.1
    assert probes.not_alive() is None
    clock.now_s += 0.1
    assert probes.not_alive() == "the event loop has not turned for 10 s"
    probes.turned()
    assert probes.not_alive() is None


async def test_a_task_notes_that_the_loop_turns() -> None:
    clock = Clock()
    probes = Probes(clock_s=clock)
    turning = asyncio.create_task(probes.keep_turning())
    await asyncio.sleep(0)
    clock.now_s += 3
    assert probes.silent_s == pytest.approx(3.0)
    turning.cancel()
