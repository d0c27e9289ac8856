"""The file in which a replay stores its delivered chunks, so that a killed replay can continue.

A replay behaves like a bedside gateway: the session belongs to the device and outlives the gateway. Chunks acquired
while the gateway was away are sent late, and chunks without an acknowledgement are sent again.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from wardbeat.atomic_files import atomic_file
from wardbeat.errors import SettingsError


class Journal(msgspec.Struct, frozen=True):
    """A replay: its name, from which the ids of its sessions follow, its start, and its delivered chunks.

    ``arrived`` counts chunks by stream, over all sessions, up to the first one without an acknowledgement.
    """

    run_id: str
    began_ns: int
    arrived: dict[str, int] = {}


def new_journal(now_ns: int) -> Journal:
    """The journal of a replay that begins now (Unix time in ns)."""
    return Journal(uuid.uuid4().hex, now_ns)


class JournalFile:
    """The file of a journal. Without a path nothing is stored."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def read(self) -> Journal | None:
        """The journal of a replay that did not end; None without one.

        Raises
        ------
        SettingsError
            If the file can't be read, or is not a journal.
        """
        if self._path is None or not self._path.exists():
            return None
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Journal)
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(
                f"--resume {self._path}: not a journal of a replay ({error}); remove it to start from the beginning"
            ) from error

    def write(self, journal: Journal, arrived: Mapping[str, int]) -> None:
        """Store the delivered chunks: those of the journal plus ``arrived``. Readers never see half a file.

        Raises
        ------
        SettingsError
            If the file can't be written.
        """
        if self._path is None:
            return
        total = {one: journal.arrived.get(one, 0) + arrived.get(one, 0) for one in journal.arrived.keys() | arrived}
        stored = msgspec.structs.replace(journal, arrived=total)
        try:
            with atomic_file(self._path) as temporary:
                temporary.write_bytes(msgspec.json.encode(stored))
        except OSError as error:
            raise SettingsError(f"--resume {self._path}: can't be written ({error.strerror}); give another") from error

    def remove(self) -> None:
        """Delete the file: the replay has ended, so the next one starts from the beginning."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


NO_JOURNAL: Final = JournalFile()
"""For a replay that starts from the beginning after it was killed."""
