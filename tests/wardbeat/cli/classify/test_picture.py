"""One line a picture, whatever the file is; others score with this form."""

import json
from pathlib import Path

import pytest

from models.pictures import PICTURE_CLASSES
from tests.support.command_line import CommandLine, command_line
from tests.support.drawn_pictures import as_file, beat_picture


@pytest.fixture
def wardbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(monkeypatch, capsys)


def test_each_file_is_a_line_in_the_order_given(wardbeat: CommandLine, picture_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(as_file(beat_picture()))
    (tmp_path / "a.png").write_bytes(b"I am text")
    ended = wardbeat("classify", "picture", "--bundle", picture_bundle, tmp_path / "b.png", tmp_path / "a.png")
    beat, text = map(json.loads, ended.out.splitlines())
    assert (ended.code, ended.err) == (0, "")
    assert list(beat) == list(text) == ["file", "class", "probabilities", "refused"]
    assert beat["file"] == str(tmp_path / "b.png")
    assert beat["class"] in PICTURE_CLASSES
    assert set(beat["probabilities"]) == set(PICTURE_CLASSES)
    assert beat["refused"] is None
    assert (text["class"], text["probabilities"]) == (None, {})
    assert text["refused"].startswith("not a picture")


def test_a_file_that_is_not_there_loses_no_other(wardbeat: CommandLine, picture_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(as_file(beat_picture()))
    ended = wardbeat(
        "classify", "picture", "--bundle", picture_bundle, tmp_path / "no.png", tmp_path, tmp_path / "b.png"
    )
    missing, folder, beat = map(json.loads, ended.out.splitlines())
    assert ended.code == 2
    assert ended.err == "wardbeat: 2 of 3 files can't be read; see their lines\n"
    assert missing["refused"] == "can't be read: No such file or directory"
    assert folder["refused"] == "can't be read: Is a directory"
    assert beat["class"] in PICTURE_CLASSES


def test_a_file_that_is_too_large_is_not_read(wardbeat: CommandLine, picture_bundle: Path, tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(10**12)
    ended = wardbeat("classify", "picture", "--bundle", picture_bundle, tmp_path / "large.png")
    assert (ended.code, json.loads(ended.out)["refused"]) == (0, "the file is larger than 20 MB")


def test_without_a_bundle_it_says_the_next_step(wardbeat: CommandLine, tmp_path: Path) -> None:
    ended = wardbeat("classify", "picture", "--bundle", tmp_path, tmp_path / "b.png")
    assert (ended.code, ended.out) == (2, "")
    assert "`make study`" in ended.err
    assert ended.err.count("\n") == 1


def test_no_file_is_wrong_use(wardbeat: CommandLine) -> None:
    assert wardbeat("classify", "picture").code == 2
