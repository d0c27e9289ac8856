"""``wardbeat worker`` as a process: its counts, and the settings it refuses. Its work: tests/processors/worker."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.worker_services import WorkerServices
from wardbeat.cli.main import cli
from wardbeat.cli.worker import _write_summary
from wardbeat.errors import BundleError


def test_the_summary_is_one_json_line_in_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "worker.json"
    _write_summary(path, json.dumps({"beats": 1}))
    _write_summary(path, json.dumps({"beats": 2}))
    assert path.read_text() == '{"beats": 2}\n'
    assert [file.name for file in path.parent.iterdir()] == ["worker.json"]


def test_a_missing_bundle_is_named(fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_BUNDLE", "/nowhere")
    result = CliRunner().invoke(cli, ["worker"])
    assert isinstance(result.exception, BundleError)
    assert "/nowhere" in str(result.exception)


@pytest.mark.slow
def test_a_worker_without_chunks_ends_with_a_summary(worker_services: WorkerServices) -> None:
    with worker_services.worker("w1") as child:
        summary = worker_services.stop(child)
    assert (summary["chunks_received"], summary["beats"]) == (0, 0)
