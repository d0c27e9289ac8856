"""Fixtures of the commands on records."""

from pathlib import Path

import pytest

from tests.support.records_on_disk import counting, write_record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good record of 20 s, 1 s of which is invalid in one lead."""
    signal = counting(2, 5000)
    signal[0, :500] = -32768
    write_record(tmp_path, signal, name="good", sig_name=["II", "V5"])
    return tmp_path
