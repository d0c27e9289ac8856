"""Timers for functions; each counts only the time of its own function, without timed functions that it calls."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CALIBRATION_CALLS = 20_000


class Timers:
    """CPU time in ns by stage. The time of a timed function excludes the timed functions that it calls.

    The timers measure their own cost at the start and subtract it.
    """

    def __init__(self) -> None:
        self.own_ns: dict[str, float] = {}
        self._inner_ns: list[float] = []
        self._inside_ns = self._around_ns = 0.0
        self._calibrate()

    @contextmanager
    def around(self, places: dict[str, list[tuple[Any, str]]]) -> Iterator[None]:
        """Time functions while the context lasts; ``places`` has their (owner, attribute) by stage."""
        before = [
            (owner, name, getattr(owner, name), name in vars(owner)) for rows in places.values() for owner, name in rows
        ]
        for stage, rows in places.items():
            for owner, name in rows:
                setattr(owner, name, self.timed(stage, getattr(owner, name)))
        try:
            yield
        finally:
            for owner, name, function, own in before:
                if own:
                    setattr(owner, name, function)
                else:
                    delattr(owner, name)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a timer for a stage; ``{}`` in the name of the stage is replaced by the first argument."""
        by_argument = "{}" in stage

        def call(*args: Any, **kwargs: Any) -> Any:
            self._inner_ns.append(0.0)
            begin = time.thread_time_ns()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time_ns() - begin
                name = stage.format(args[0]) if by_argument else stage
                own = spent - self._inner_ns.pop() - self._inside_ns
                self.own_ns[name] = self.own_ns.get(name, 0.0) + own
                if self._inner_ns:
                    self._inner_ns[-1] += spent + self._around_ns

        return call

    def _calibrate(self) -> None:
        nothing = self.timed("", lambda: None)
        begin = time.thread_time_ns()
        for _ in range(CALIBRATION_CALLS):
            nothing()
        whole = (time.thread_time_ns() - begin) / CALIBRATION_CALLS
        inside = self.own_ns.pop("") / CALIBRATION_CALLS
        self._inside_ns, self._around_ns = inside, whole - inside
