"""``wardbeat records list``."""

import json
from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.records_on_disk import counting, write_raw, write_record


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
        {
            "record": "good", "fs": 250.0, "leads": ["II", "V5"], "choice": "II, V5 (ECG by name)", "left_out": [],
            "duration_s": 20.0, "beats": None, "problem": None,
        }
    ]  # fmt: skip


def test_list_counts_and_names_the_signals_that_are_left_out(wardbeat: CommandLine, tmp_path: Path) -> None:
    write_record(tmp_path, counting(5, 2500), name="psg", sig_name=["F3-M2", "Nasal", "ECG", "x", "C3-M2"])
    (line, _) = wardbeat("records", "list", tmp_path).out.splitlines()
    assert line.endswith(
        "ECG (ECG by name); 4 left out: F3-M2, C3-M2 (EEG by name); Nasal (respiration by name); x (no ECG by shape)"
    )
    (line, _) = wardbeat("records", "list", tmp_path, "--leads", "psg=x").out.splitlines()
    assert "x (chosen by hand); 4 left out: F3-M2, Nasal, ECG, C3-M2 (not chosen by hand)" in line


def test_leads_that_can_not_be_chosen_are_a_problem_of_the_record(wardbeat: CommandLine, folder: Path) -> None:
    assert "has no lead 'V1' to choose" in wardbeat("records", "list", folder, "--leads", "V1").out
    result = wardbeat("records", "list", folder, "--leads", "bad=II")
    assert (result.code, "no such record is used, only good" in result.err) == (2, True)
