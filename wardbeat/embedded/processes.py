"""Child processes, each with a log file, that never outlive their parent."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from wardbeat.embedded import die_with_parent
from wardbeat.errors import ServiceError, WardbeatError

STOP_LIMIT_S: Final = 10.0
POLL_S: Final = 0.05
TAIL_LINES: Final = 15
TAIL_BYTES: Final = 65_536
"""The part of a log that is read: several hundred lines, which Kafka may write while it dies."""


class Child(AbstractContextManager["Child"]):
    """A running program. The end of the context stops it; its temporary files go into ``folder``.

    Start children from a thread that lives as long as they do: the kernel treats its end as the end of the parent.

    Parameters
    ----------
    name : str
        The name in messages.
    command : sequence of str
    folder : Path
        The folder of ``NAME.log`` (standard error) and ``NAME.out`` (standard output).
    environment : mapping, optional
        Variables that are added to those of this process, or replace them.
    error : type of WardbeatError
        The error to raise when it dies.
    error_line : re.Pattern, optional
        Matches the lines of its log that report an error, for a program that writes other lines after them.

    Attributes
    ----------
    log, out : Path
    pid : int
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        error: type[WardbeatError] = ServiceError,
        error_line: re.Pattern[str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        self._error = error
        self._error_line = error_line
        bound = [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), *command]
        with self.log.open("wb") as log, self.out.open("wb") as out:
            self._process = subprocess.Popen(
                bound,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env={**os.environ, "TMPDIR": str(folder), **(environment or {})},
                start_new_session=True,  # Ctrl-C must reach only us; we stop the children in order
            )
        self.pid = self._process.pid

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def check(self) -> Self:
        """Raise an error with the end of its log if it has ended."""
        if self.exit_code is not None:
            raise self.failure(f"{self.name} ended unexpectedly, {how_it_ended(self.exit_code)}")
        return self

    def failure(self, what: str) -> WardbeatError:
        """An error with ``what`` and the end of the log."""
        return self._error(f"{what}{self.tail()}")

    def tail(self) -> str:
        """Its last errors, else the last lines of its log or output, to append to a message."""
        if self._error_line and (errors := last_lines(self.log, like=self._error_line)):
            return "; its last errors:" + _indented(errors)
        if lines := last_lines(self.log) or last_lines(self.out):
            return "; its last lines:" + _indented(lines)
        return "; its log is empty"

    def wait(self, limit_s: float) -> int:
        """Wait until it ends and return its exit code; raise an error if it runs for longer than ``limit_s``."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired as error:
            raise self.failure(f"{self.name} has not ended within {limit_s:g} s") from error

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it is running."""
        self._process.send_signal(number)

    def stop(self, limit_s: float = STOP_LIMIT_S) -> int:
        """Ask it to end; after ``limit_s`` kill it and its own children. Returns its exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(
                self.pid, signal.SIGKILL
            )  # its session has its id; we have not waited for it, so the id is not reused
            return self._process.wait()


def wardbeat(*arguments: str) -> list[str]:
    """The command line of a ``wardbeat`` command in this interpreter; the current folder has no influence on it."""
    return [sys.executable, "-P", "-m", "wardbeat.cli.main", *arguments]


def wait_until(what: str, ready: Callable[[], bool], limit_s: float, children: Iterable[Child]) -> None:
    """Wait until ``ready()`` is true, while all ``children`` run.

    Our own loop, as it checks the children between two tries.

    Raises
    ------
    WardbeatError
        The error of a child that died; that of the last child if ``ready()`` is false for ``limit_s``.
    """
    children = list(children)
    deadline_s = time.monotonic() + limit_s
    while not ready():
        for child in children:
            child.check()
        if time.monotonic() > deadline_s:
            raise children[-1].failure(f"{what}: not within {limit_s:g} s")
        time.sleep(POLL_S)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def last_lines(path: Path, count: int = TAIL_LINES, like: re.Pattern[str] = re.compile(r"\S")) -> list[str]:
    """The last lines of a text file that match ``like``; by default all lines that are not blank."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if like.search(line)][-count:]


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"\n  {line}" for line in lines)


def write_private(path: Path, text: str) -> None:
    """Write a file that no other user may read: the configuration of a server may hold passwords."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Different loopback ports on which no process listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
