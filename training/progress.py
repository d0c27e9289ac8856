"""The interface through which fits and evaluations report their progress."""

from typing import Protocol


class Progress(Protocol):
    """Called after each step of a stage with the number of finished steps, their total, and a short note."""

    def __call__(self, stage: str, done: int, total: int, note: str = "") -> None: ...
