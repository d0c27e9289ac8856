"""The state of processes that are not children of the test."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether a process is running; a process that has ended and was not waited for is not."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def children_of(pid: int) -> list[int]:
    """The running children of a process."""
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [other for other in pids if _stat(other)[1:2] == [str(pid)] and is_running(other)]


def _stat(pid: int) -> list[str]:
    """State, parent and the other fields of a process in Linux; empty if it does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
