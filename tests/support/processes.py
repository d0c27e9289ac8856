"""What tests ask of processes that are not their own children."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has waited for yet has."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    everybody = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [other for other in everybody if _stat(other)[1:2] == [str(pid)] and is_running(other)]


def _stat(pid: int) -> list[str]:
    """State, parent and the rest of what Linux says of a process; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
