"""The real ECG excerpts that ship with Wardbeat (ODC-By 1.0; notice and citation are in their folder)."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path


@contextmanager
def excerpts_folder() -> Iterator[Path]:
    """A folder with the excerpts as WFDB records; it exists only inside the ``with`` block."""
    with as_file(files("wardbeat.ecg") / "data" / "excerpts") as folder:
        yield folder
