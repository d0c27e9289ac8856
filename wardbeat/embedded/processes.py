"""Child processes with a log file each, that never outlive whoever started them."""

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
"""Of a log; several hundred lines, as many as Kafka writes while it dies."""


class Child(AbstractContextManager["Child"]):
    """A running program, stopped at the end of the context at the latest; its temporary files go into ``folder``.

    Start children from a thread that stays: the kernel takes the end of that thread for the end of the parent.

    Parameters
    ----------
    name : str
        What people know it by.
    command : sequence of str
    folder : Path
        Where its ``NAME.log`` goes (standard error) and its ``NAME.out`` (standard output).
    environment : mapping, optional
        Variables beside or instead of those of this process.
    error : type of WardbeatError
        What is raised when it dies.
    grave : re.Pattern, optional
        Which lines of its log say what is wrong, of a program that says much else after them.

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
        grave: re.Pattern[str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.out = folder / f"{name}.out"
        self._error = error
        self._grave = grave
        bound = [sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), *command]
        with self.log.open("wb") as log, self.out.open("wb") as out:
            self._process = subprocess.Popen(
                bound,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                env={**os.environ, "TMPDIR": str(folder), **(environment or {})},
                start_new_session=True,  # Ctrl-C is ours to hear; we stop them in order
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
        """Raise an error with what its log says if it no longer runs."""
        if self.exit_code is not None:
            raise self.failure(f"{self.name} ended unexpectedly, {how_it_ended(self.exit_code)}")
        return self

    def failure(self, what: str) -> WardbeatError:
        """An error that says what went wrong, followed by what the log says."""
        return self._error(f"{what}{self.tail()}")

    def tail(self) -> str:
        """Its last errors, else the last lines of its log or output, for people; they follow a message."""
        if self._grave and (errors := last_lines(self.log, like=self._grave)):
            return "; its last errors:" + _indented(errors)
        if lines := last_lines(self.log) or last_lines(self.out):
            return "; its last lines:" + _indented(lines)
        return "; its log is empty"

    def wait(self, limit_s: float) -> int:
        """Wait for its own end and return its exit code; raise if it still runs after ``limit_s``."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired as error:
            raise self.failure(f"{self.name} has not ended within {limit_s:g} s") from error

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        self._process.send_signal(number)

    def stop(self, limit_s: float = STOP_LIMIT_S) -> int:
        """Ask it to end, and after ``limit_s`` kill it and whatever it has started. Returns its exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)  # a session of its own; not waited for yet, so the id is still its
            return self._process.wait()


def wardbeat(*arguments: str) -> list[str]:
    """The command line of one of our own commands, in this interpreter, whatever the current folder holds."""
    return [sys.executable, "-P", "-m", "wardbeat.cli.main", *arguments]


def wait_until(what: str, ready: Callable[[], bool], limit_s: float, children: Iterable[Child]) -> None:
    """Wait until ``ready()``, while all ``children`` live.

    Raises
    ------
    WardbeatError
        The error of a child that died, or that of the last one if nothing was ready within ``limit_s``.
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
    """The last lines of a text file in which ``like`` is found; by default all but blank ones."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if like.search(line)][-count:]


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"\n  {line}" for line in lines)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read: what a server is told may hold passwords."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
