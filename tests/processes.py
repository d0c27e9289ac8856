"""What tests ask of processes that are not their own children."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody has waited for yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


def running(*words: str) -> list[int]:
    """The processes whose command line contains all ``words``."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _says(folder, words)]


def _says(folder: Path, words: tuple[str, ...]) -> bool:
    try:
        line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return bool(line) and all(word in line for word in words) and is_running(int(folder.name))
