import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.limits import WAIT_S
from wardbeat.atomic_files import atomic_file, atomic_folder
from wardbeat.errors import BundleError

MARKER = "bundle.json"


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text("old")
    with atomic_file(file) as temporary:
        temporary.write_text("new")
        assert file.read_text() == "old"
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".json")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text("old")
    with pytest.raises(ValueError, match="stop"), atomic_file(file) as temporary:  # noqa: PT012 # the error is inside
        temporary.write_text("half")
        raise ValueError("stop")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_two_writers_of_one_file_never_mix_their_content(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    with atomic_file(file) as first, atomic_file(file) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert file.read_text() == "first", "the one that ended last"


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "limits.json"
    file.write_text("old")
    program = (
        "import os, pathlib, signal, sys\n"
        "from wardbeat.atomic_files import atomic_file\n"
        "with atomic_file(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(file)], check=False, timeout=WAIT_S).returncode == -9
    assert file.read_text() == "old"


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "none" / "limits.json") as temporary:
        temporary.write_text("")


def write_bundle(folder: Path, content: str) -> None:
    with atomic_folder(folder, MARKER, BundleError, "bundle") as temporary:
        (temporary / MARKER).write_text(content)


def test_a_folder_replaces_another_of_its_kind_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "bundles" / "one"
    write_bundle(folder, "old")
    (folder / "leftover").touch()
    write_bundle(folder, "new")
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [(MARKER, "new")]
    assert list(folder.parent.iterdir()) == [folder]


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    write_bundle(folder, "new")
    assert (folder / MARKER).read_text() == "new"


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    write_bundle(folder, "old")
    with (  # noqa: PT012 # the error is inside
        pytest.raises(ValueError, match="stop"),
        atomic_folder(folder, MARKER, BundleError, "bundle") as temporary,
    ):
        (temporary / MARKER).write_text("half")
        raise ValueError("stop")
    assert (folder / MARKER).read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_of_another_kind_is_never_replaced(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "home"
    if kind == "folder":
        place.mkdir()
        (place / "letter.txt").write_text("mine")
    else:
        place.write_text("mine")
    with pytest.raises(BundleError, match=r"bundle .*home: it exists and has no bundle\.json; choose a new folder"):
        write_bundle(place, "new")
    assert (place / "letter.txt" if kind == "folder" else place).read_text() == "mine"


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match=r"can't be written .*; choose another folder"):
        write_bundle(tmp_path / "file" / "one", "new")
