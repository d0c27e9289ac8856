"""``wardbeat records check``."""

from pathlib import Path

import numpy as np

from tests.support.command_line import CommandLine
from tests.support.records_on_disk import write_record


def test_check_reads_the_samples(wardbeat: CommandLine, folder: Path) -> None:
    result = wardbeat("records", "check", folder)
    assert result.code == 0
    assert "95.0 % valid" in result.out


def test_check_fails_with_a_bad_record_and_lists_the_others(wardbeat: CommandLine, folder: Path) -> None:
    rng = np.random.default_rng(0)
    damaged = write_record(folder, rng.integers(-100, 100, (1, 50_000)), name="damaged", fmt="516").with_suffix(".dat")
    data = bytearray(damaged.read_bytes())
    data[20_000:23_000] = bytes(3000)
    damaged.write_bytes(data)
    result = wardbeat("records", "check", folder)
    assert result.code == 2
    assert "good" in result.out
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("wardbeat: 1 of 2 records can't be used, the first: ")
