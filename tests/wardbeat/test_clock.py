"""A process's time goes on steadily, whatever is done to the machine's clock."""

import re
import time
from pathlib import Path

import pytest

from wardbeat import clock

ROOT = Path(__file__).resolve().parents[2]
BY_THE_WALL = {
    "wardbeat/clock.py": "reads it once",
    "wardbeat/doctor.py": "judges it",
    "dashboard/feed/beds.py": "compares the age of ECG with both",
}
HOUR_NS = 3600 * 10**9


@pytest.mark.parametrize("set_by_ns", [HOUR_NS, -HOUR_NS])
def test_a_clock_that_is_set_moves_nothing_and_is_seen(monkeypatch: pytest.MonkeyPatch, set_by_ns: int) -> None:
    wall_ns = time.time_ns
    before_ns = clock.unix_ns()
    monkeypatch.setattr(time, "time_ns", lambda: wall_ns() + set_by_ns)
    assert 0 <= clock.unix_ns() - before_ns < 10 * 10**9
    assert clock.stepped_s() == pytest.approx(set_by_ns / 1e9, abs=10)


def test_it_is_unix_time() -> None:
    assert clock.unix_ns() / 1e9 == pytest.approx(time.time(), abs=10)
    assert clock.stepped_s() == pytest.approx(0, abs=10)


def test_no_process_that_lasts_asks_the_wall_clock() -> None:
    packages = [folder for folder in (ROOT / "wardbeat").iterdir() if folder.name not in {"cli", "embedded"}]
    files = [path for folder in (*packages, ROOT / "processors", ROOT / "dashboard") for path in folder.rglob("*.py")]
    files += (ROOT / "wardbeat").glob("*.py")
    asks = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(r"\btime\.time(_ns)?\b|datetime\.now", path.read_text(encoding="utf-8"))
    }
    assert asks == set(BY_THE_WALL)
