"""How fitting says how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Told after each step of a stage: how many are done, of how many, and a few words on it."""

    def __call__(self, stage: str, done: int, total: int, words: str = "") -> None: ...
