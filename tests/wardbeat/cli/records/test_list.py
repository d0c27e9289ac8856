"""``wardbeat records list``."""

import json
from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.records_on_disk import write_raw


def test_list_names_leads_rate_length_and_problems(wardbeat: CommandLine, folder: Path) -> None:
    write_raw(folder, "bad 1 250 100\nbad.dat 16 200 16 0 0 0 0 II\n", bytes(10), name="bad")
    result = wardbeat("records", "list", folder)
    assert result.code == 0
    bad, good, last = result.out.splitlines()
    assert "bad.dat: truncated, holds 5 of 100 samples" in bad
    assert all(word in good for word in ("good", "250 Hz", "0.3 min", "II, V5", "not annotated"))
    assert last == "2 records, 1 with a problem"


def test_list_as_json(wardbeat: CommandLine, folder: Path) -> None:
    result = wardbeat("records", "list", folder, "--json")
    assert json.loads(result.out.splitlines()[-1])["records"] == [
        {"record": "good", "fs": 250.0, "leads": ["II", "V5"], "duration_s": 20.0, "beats": None, "problem": None}
    ]
