"""``wardbeat train``: what is refused, before anything heavy is loaded."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from wardbeat.cli.main import main
from wardbeat.ecg.excerpts import excerpts_folder


def error_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["wardbeat", "train", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_without_tensorflow_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "tensorflow" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    said = error_of(monkeypatch, capsys, "--records", tmp_path, "--out", tmp_path / "bundle")
    assert "tensorflow is not installed" in said
    assert "[train]" in said
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_record_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with excerpts_folder() as folder:
        said = error_of(monkeypatch, capsys, "119", "nobody", "--records", folder, "--out", tmp_path / "bundle")
    assert "record 'nobody': in none of the folders" in said
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = error_of(monkeypatch, capsys, "--records", tmp_path / "nowhere", "--out", tmp_path / "bundle")
    assert "nowhere: no such folder" in said


def test_patients_of_the_test_can_not_be_fitted_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with excerpts_folder() as folder:
        arguments = ("100", "119", "--records", folder, "--test", folder, "--out", tmp_path / "bundle")
        said = error_of(monkeypatch, capsys, *arguments)
    assert "test record 100: it is fitted on" in said
    assert list(tmp_path.iterdir()) == []
