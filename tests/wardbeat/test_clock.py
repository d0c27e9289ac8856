"""The time of a process runs steadily, even if the machine's clock is set."""

import re
import time
from pathlib import Path

import pytest

from wardbeat import clock

ROOT = Path(__file__).resolve().parents[2]
READ_THE_WALL_CLOCK = {
    "wardbeat/clock.py": "reads it once, at the start of the process",
    "wardbeat/doctor/checks.py": "compares it with the clock of Redis",
    "dashboard/feed/beds.py": "compares the age of ECG with both clocks",
}
HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize("set_by_ns", [HOUR_NS, -HOUR_NS])
def test_a_clock_that_is_set_changes_no_time_and_is_reported(monkeypatch: pytest.MonkeyPatch, set_by_ns: int) -> None:
    wall_ns = time.time_ns
    before_ns = clock.unix_ns()
    monkeypatch.setattr(time, "time_ns", lambda: wall_ns() + set_by_ns)
    assert 0 <= clock.unix_ns() - before_ns < 10 * 10**9
    assert clock.stepped_s() == pytest.approx(set_by_ns / 1e9, abs=10)


def test_the_time_is_unix_time() -> None:
    assert clock.unix_ns() / 1e9 == pytest.approx(time.time(), abs=10)
    assert clock.stepped_s() == pytest.approx(0, abs=10)


def test_no_long_running_process_reads_the_wall_clock() -> None:
    packages = [folder for folder in (ROOT / "wardbeat").iterdir() if folder.name not in {"cli", "embedded"}]
    files = [path for folder in (*packages, ROOT / "processors", ROOT / "dashboard") for path in folder.rglob("*.py")]
    files += (ROOT / "wardbeat").glob("*.py")
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(r"\btime\.time(_ns)?\b|datetime\.now", path.read_text(encoding="utf-8"))
    }
    assert readers == set(READ_THE_WALL_CLOCK)
