"""A process can run with a clock that another process sets."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.stepped_clock import set_clock

ROOT = Path(__file__).resolve().parents[2]
READ_TIME = """
import sys
import time
from pathlib import Path

from benchmarks import stepped_clock
from wardbeat.cli import main

main.main = lambda: print(time.time_ns(), time.time(), sys.argv[1:])
stepped_clock.main(Path(sys.argv[1]), ["worker", "--option"])
"""


def test_the_process_has_the_offset_of_the_file_and_its_arguments(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    set_clock(clock, 0.0)
    set_clock(clock, -300.0)
    before = time.time()
    done = subprocess.run(
        [sys.executable, "-c", READ_TIME, str(clock)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    now_ns, now_s, arguments = done.stdout.split(maxsplit=2)
    assert before - 300 <= float(now_s) <= time.time() - 300
    assert abs(int(now_ns) / 1e9 - float(now_s)) < 1.0
    assert arguments.strip() == "['worker', '--option']"
