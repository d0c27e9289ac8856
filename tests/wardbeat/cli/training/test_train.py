"""``wardbeat train``: what it refuses, before anything heavy is loaded."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from wardbeat.cli.main import main
from wardbeat.ecg.io.excerpts import excerpts_folder


def error_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["wardbeat", "train", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err


def places(folder: Path) -> tuple[object, ...]:
    return "--work", folder / "work", "--out", folder / "bundle"


def test_without_tensorflow_the_error_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "tensorflow" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    error = error_of(monkeypatch, capsys, "--records", tmp_path, "--rhythms", tmp_path, *places(tmp_path))
    assert "tensorflow is not installed" in error
    assert "[train]" in error
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_record_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with excerpts_folder() as folder:
        error = error_of(
            monkeypatch, capsys, "--take", "nobody", "--records", folder, "--rhythms", folder, *places(tmp_path)
        )
    assert "record 'nobody': in none of the folders" in error
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    error = error_of(monkeypatch, capsys, "--records", nowhere, "--rhythms", nowhere, *places(tmp_path))
    assert "nowhere: no such folder" in error


def test_an_unknown_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    error = error_of(monkeypatch, capsys, "heart", "--records", tmp_path, "--rhythms", tmp_path, *places(tmp_path))
    assert "'heart' is not one of 'qrs', 'beat', 'window'" in error


def test_the_networks_are_those_of_the_registry() -> None:
    from models.registry import NETWORKS as REGISTERED
    from training.fit.work import ORDER
    from wardbeat.cli.training.train import NETWORKS

    assert NETWORKS == ORDER
    assert set(NETWORKS) - set(REGISTERED) == {"ventricular"}, "it is a forest and no network"
