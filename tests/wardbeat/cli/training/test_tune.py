"""``wardbeat tune``: what it refuses, before anything heavy is loaded."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


def test_an_unknown_network_is_a_usage_error(wardbeat: CommandLine, tmp_path: Path) -> None:
    result = wardbeat("tune", "heart", "--records", tmp_path, "--rhythms", tmp_path, "--work", tmp_path)
    assert result.code == 2
    assert "'heart' is not one of 'qrs', 'beat', 'window'" in result.err


@pytest.mark.parametrize("missing", ["--records", "--rhythms", "--work"])
def test_a_missing_folder_option_is_a_usage_error(wardbeat: CommandLine, tmp_path: Path, missing: str) -> None:
    options = {"--records": tmp_path, "--rhythms": tmp_path, "--work": tmp_path}
    del options[missing]
    result = wardbeat("tune", "beat", *(part for option in options.items() for part in option))
    assert (result.code, f"Missing option '{missing}'" in result.err) == (2, True)


def test_a_folder_that_does_not_exist_is_one_line(wardbeat: CommandLine, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    result = wardbeat("tune", "beat", "--records", nowhere, "--rhythms", nowhere, "--work", tmp_path / "work")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
