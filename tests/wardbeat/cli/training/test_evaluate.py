"""``wardbeat evaluate`` on the command line: what it writes, and what it refuses."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb
from click.testing import CliRunner

from tests.support.records_on_disk import counting, write_record
from training.evaluation.altered_records import LEAD_FAULTS
from wardbeat.cli import main
from wardbeat.ecg.io.excerpts import excerpts_folder


def error_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["wardbeat", "evaluate", *map(str, arguments)])
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
        (("nobody",), "no record 'nobody'"),
        (("bare",), "no reference annotations"),
        (("--bundle", "nowhere"), "bundle.json can't be read"),
        (("--folds", "empty"), "must hold bundles 0, 1"),
        (("--noise-stress", "empty"), "no WFDB record"),
        (("--out", "mine"), "choose a new folder"),
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
    for folder in ("records", "mine", "empty"):
        (tmp_path / folder).mkdir()
    write_record(tmp_path / "records", counting(2, 1000), name="bare")
    write_record(tmp_path / "records", counting(2, 1000), name="good")
    wfdb.wrann("good", "atr", np.array([100]), ["N"], write_dir=str(tmp_path / "records"))
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    before = sorted(tmp_path.rglob("*"))
    error = error_of(monkeypatch, capsys, "--records", "records", "--out", "out", *arguments)
    assert message in error
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_two_records_make_a_whole_report(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report"
    with excerpts_folder() as folder:
        arguments = ["evaluate", "--records", str(folder), "--out", str(out), "--jobs", "2", "--lead-faults", "--json"]
        result = CliRunner().invoke(main.cli, [*arguments, "100", "119"], catch_exceptions=False)
    assert result.exit_code == 0
    report = json.loads(result.stdout.splitlines()[-1])
    assert json.loads((out / "report.json").read_text()) == report
    evaluation = report["evaluation"]
    assert [row["record"] for row in evaluation["records"]] == ["100", "119"]
    assert [row["seen"] for row in evaluation["records"]] == ["unseen", "fitted on"]
    assert evaluation["qrs"][0]["rates"]["qrs_f1"]["gross"] > 0.97
    assert evaluation["latency"][0]["quantiles_s"]["p99"] < 1.0
    assert [row["fault"] for row in evaluation["lead_faults"]] == list(LEAD_FAULTS), (
        "in this order, whichever was scored first"
    )
    assert report["errors_hidden"] == 1, "record 100 is of DS2"
    assert {case["record"] for case in report["errors"]} <= {"119"}
    page = (out / "report.html").read_text()
    assert "1 of 2 records were scored by networks that were fitted on" in page
    assert page.count("data:image/png;base64,") == len(report["figures"]) + len(report["errors"])
    assert 'src="http' not in page, "nothing is fetched"
    pictures = {path.name for path in (out / "figures").glob("*.png")}
    assert pictures == set(report["figures"]) >= {"qrs_per_record.png", "confusion.png"}
    assert [path.name for path in out.parent.iterdir()] == ["report"]
