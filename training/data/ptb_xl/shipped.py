"""The records of PTB-XL that ship with Wardbeat for tests (CC BY 4.0; notice and citation are in their folder)."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path


@contextmanager
def ptb_xl_excerpt() -> Iterator[Path]:
    """A folder in the published layout of PTB-XL; it exists only inside the ``with`` block."""
    with as_file(files("training.data.ptb_xl") / "excerpt") as folder:
        yield folder
