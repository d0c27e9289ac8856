"""A folder of results that is never seen half written: it is made beside its place, and put there when it is whole."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wardbeat.errors import WardbeatError


@contextmanager
def atomic_folder(folder: Path, marker: str, error: type[WardbeatError], what: str) -> Iterator[Path]:
    """A scratch folder that takes the place of ``folder`` when the block ends well, and vanishes when it does not.

    Parameters
    ----------
    folder : Path
        An older one is replaced, if it is of the same kind.
    marker : str
        The file by which one knows the kind.
    error : type
        Of the errors raised.
    what : str
        What the kind is called in them.

    Raises
    ------
    WardbeatError
        If something else is there, which is not ours to replace, or nothing can be written there.
    """
    if folder.exists() and not (folder / marker).is_file() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise error(f"{what} {folder}: it is there already and has no {marker}; choose a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent)
    except OSError as problem:
        raise error(f"{what} {folder}: can't be written ({problem.strerror}); choose another folder") from problem
    with scratch as place:
        draft, old = Path(place) / "new", Path(place) / "old"
        draft.mkdir()
        yield draft
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
