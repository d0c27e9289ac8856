"""One line a record, whatever is in it; others score with this form."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.classify_bundles import RHYTHM_NAMES, SUPERCLASS_NAMES
from tests.support.command_line import CommandLine, command_line
from tests.support.uploads import excerpt_files


@pytest.fixture
def wardbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(monkeypatch, capsys)


@pytest.fixture
def mixed(twelve_lead_folder: Path, tmp_path: Path) -> Path:
    """A folder with a record of twelve leads, one of two, and one whose signal file is missing."""
    folder = Path(shutil.copytree(twelve_lead_folder, tmp_path / "mixed"))
    for name, data in excerpt_files("100").items():
        (folder / name).write_bytes(data)
    shutil.copy(folder / "twelve.hea", folder / "broken.hea")
    text = (folder / "broken.hea").read_text().replace("twelve", "broken")
    (folder / "broken.hea").write_text(text)
    return folder


def test_each_record_is_a_line(wardbeat: CommandLine, twelve_lead_bundle: Path, mixed: Path) -> None:
    ended = wardbeat("classify", "12-lead", "--bundle", twelve_lead_bundle, "--records", mixed)
    assert (ended.code, ended.err) == (0, "")
    two, broken, twelve = map(json.loads, ended.out.splitlines())
    assert list(twelve) == ["record", "superclasses", "abnormal", "rhythm"]
    assert twelve["record"] == "twelve"
    assert tuple(twelve["superclasses"]) == SUPERCLASS_NAMES
    assert tuple(twelve["rhythm"]) == RHYTHM_NAMES
    assert 0.0 <= twelve["abnormal"] <= 1.0
    for row, name, words in ((two, "100", "has MLII, V5"), (broken, "broken", "no such signal file")):
        assert (row["record"], row["superclasses"], row["abnormal"], row["rhythm"]) == (name, None, None, None)
        assert words in row["reason"]


def test_names_choose_records_and_a_wrong_one_loses_no_other(
    wardbeat: CommandLine, twelve_lead_bundle: Path, mixed: Path
) -> None:
    options = ("--bundle", twelve_lead_bundle, "--records", mixed)
    ended = wardbeat("classify", "12-lead", *options, "none", "twelve", "twelve.hea")
    missing, twelve, again = map(json.loads, ended.out.splitlines())
    assert ended.code == 2
    assert "1 of 3 records are not there" in ended.err
    assert "no record 'none'" in missing["reason"]
    assert twelve["superclasses"] == again["superclasses"]


def test_records_in_folders_have_their_folders_in_their_names_if_names_repeat(
    wardbeat: CommandLine, twelve_lead_bundle: Path, twelve_lead_folder: Path, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        shutil.copytree(twelve_lead_folder, tmp_path / folder)
    ended = wardbeat("classify", "12-lead", "--bundle", twelve_lead_bundle, "--records", tmp_path)
    assert [json.loads(line)["record"] for line in ended.out.splitlines()] == ["a/twelve", "b/twelve"]


@pytest.mark.parametrize("what", ["folder", "bundle"])
def test_without_records_or_bundle_it_says_the_next_step(
    wardbeat: CommandLine, twelve_lead_bundle: Path, twelve_lead_folder: Path, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "none" if what == "folder" else twelve_lead_folder
    bundle = tmp_path / "none" if what == "bundle" else twelve_lead_bundle
    ended = wardbeat("classify", "12-lead", "--bundle", bundle, "--records", folder)
    assert (ended.code, ended.out) == (2, "")
    assert ("no such folder" if what == "folder" else "`make study`") in ended.err
