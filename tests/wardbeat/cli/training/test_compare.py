"""``wardbeat compare``: what it refuses, before anything heavy is loaded."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


def test_an_unknown_task_is_a_usage_error(wardbeat: CommandLine, tmp_path: Path) -> None:
    result = wardbeat("compare", "--task", "heart", "--data", tmp_path, "--work", tmp_path, "--out", tmp_path)
    assert result.code == 2
    assert "'heart' is not one of 'beats'" in result.err


@pytest.mark.parametrize("missing", ["--data", "--work", "--out"])
def test_a_missing_folder_option_is_a_usage_error(wardbeat: CommandLine, tmp_path: Path, missing: str) -> None:
    options = {"--data": tmp_path, "--work": tmp_path, "--out": tmp_path}
    del options[missing]
    result = wardbeat("compare", *(part for option in options.items() for part in option))
    assert (result.code, f"Missing option '{missing}'" in result.err) == (2, True)


@pytest.mark.slow
def test_a_missing_data_set_is_one_line(wardbeat: CommandLine, tmp_path: Path) -> None:
    places = ("--data", tmp_path, "--work", tmp_path / "work", "--out", tmp_path / "out")
    result = wardbeat("compare", "--task", "rhythm", "--task", "normal", "--json", *places)
    assert result.code == 2
    assert "2 tasks were not run: task rhythm: " in result.err
    assert "has no folder challenge-2017" in result.err
    printed = json.loads(result.out.splitlines()[-1])
    assert (printed["tasks"], len(printed["not_run"])) == ([], 2), "the others would have run"
    assert list(tmp_path.iterdir()) == []
