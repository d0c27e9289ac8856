"""``wardbeat explore`` on the command line: what it writes, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.records_on_disk import counting, write_record
from wardbeat.cli import main
from wardbeat.ecg.io.excerpts import excerpts_folder


def error_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["wardbeat", "explore", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--records", "nowhere"), "nowhere: no such folder"),
        (("--records", "empty"), "no WFDB record"),
        (("--records", "table"), "line 1: must be record and N, A, O or ~"),
        (("--records", "table", "--records", "table/../table"), "given twice"),
        (("--records", "table", "--out", "table"), "choose a new folder"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("empty", "table"):
        (tmp_path / folder).mkdir()
    write_record(tmp_path / "table", counting(1, 1000), name="A1")
    (tmp_path / "table" / "REFERENCE-v3.csv").write_text("A1,B\n")
    before = sorted(tmp_path.rglob("*"))
    assert message in error_of(monkeypatch, capsys, "--out", "report", *arguments)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_the_excerpts_make_a_report_without_tensorflow(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report"
    with excerpts_folder() as folder:
        arguments = ["explore", "--records", str(folder), "--out", str(out), "--json"]
        program = f"import sys; from wardbeat.cli.main import cli; cli({arguments!r}, standalone_mode=False); "
        program += "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
        result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    report = json.loads(result.stdout.splitlines()[-1])
    assert json.loads((out / "explore.json").read_text()) == report
    (found,) = report["sets"]
    assert (found["records"], found["readable"], found["patients"]) == (8, 8, 8)
    assert {row["name"] for row in found["classes"] if row["kind"] == "beat"} >= {"N", "V"}
    assert found["rr_source"] == "reference beats"
    assert report["duplicates"] == {"signals": [], "patients": []}
    assert "explore.html" in CliRunner().invoke(main.cli, ["explore", "--help"]).output


@pytest.mark.slow
def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with excerpts_folder() as folder:
        command = [sys.executable, "-m", "wardbeat.cli.main", "explore", "--records", str(folder), "--out", "report"]
        with subprocess.Popen(
            command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
        ) as process:
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob(".report-*")):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []
