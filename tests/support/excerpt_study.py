"""The shipped records of PTB-XL as the data folder of the tasks with twelve leads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.data.ptb_xl.shipped import ptb_xl_excerpt
from training.study.task import FitSettings

TINY = FitSettings(epochs=1, patience=1, batch=8, width=0.25)
"""Enough to see that a network is fitted; nothing is learnt from 16 records."""


@contextmanager
def excerpt_data(folder: Path) -> Iterator[Path]:
    """A folder with the data set ``ptb-xl``, which has the shipped records."""
    with ptb_xl_excerpt() as source:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ptb-xl").symlink_to(source.resolve(), target_is_directory=True)
        yield folder
