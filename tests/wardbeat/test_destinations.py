"""Where Wardbeat reads and writes."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wardbeat.destinations import file_to_write, folder_to_write, is_about_a_file, named_path
from wardbeat.errors import InvalidValueError

RULES = (named_path, file_to_write, folder_to_write)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x00b", "\udcff", "x" * 300, "deep/" + "x" * 5000])
def test_a_path_is_one_that_the_system_can_hold(rule: Callable[[str], Path], text: str) -> None:
    with pytest.raises(InvalidValueError) as error:
        rule(text)
    assert "\n" not in str(error.value)


def test_a_source_may_be_missing(tmp_path: Path) -> None:
    assert named_path(tmp_path / "MISSING" / "x") == tmp_path / "MISSING" / "x"


def test_a_file_needs_its_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert file_to_write(tmp_path / "new.csv") == tmp_path / "new.csv"
    assert file_to_write(tmp_path / "file") == tmp_path / "file"
    for wrong, reason in (
        ("MISSING/x.csv", "there is no folder"),
        ("file/x.csv", "there is no folder"),
        (".", "is a folder"),
    ):
        with pytest.raises(InvalidValueError, match=reason):
            file_to_write(tmp_path / wrong)


def test_a_folder_may_be_made_but_not_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert folder_to_write(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists(), "the check makes nothing"
    assert folder_to_write("a-relative-one") == Path("a-relative-one")
    for wrong in ("file", "file/b", "file/b/c"):
        with pytest.raises(InvalidValueError, match=r"can't be made a folder, because .*file is a file"):
            folder_to_write(tmp_path / wrong)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for rule in (file_to_write, folder_to_write):
        with pytest.raises(InvalidValueError, match="can't be written"):
            rule(tmp_path / "x")
    tmp_path.chmod(0o700)


def test_a_full_disk_is_about_a_file_and_a_refused_connection_is_not() -> None:
    assert is_about_a_file(OSError(errno.ENOSPC, "No space left on device"))
    assert is_about_a_file(FileNotFoundError(errno.ENOENT, "No such file or directory", "x"))
    assert not is_about_a_file(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
    assert not is_about_a_file(OSError("no number"))
