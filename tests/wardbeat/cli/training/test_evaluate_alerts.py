"""``wardbeat evaluate-alerts`` on the command line: what it writes, and what it refuses."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb
from click.testing import CliRunner

from tests.support.records_on_disk import counting, write_record
from training.evaluation.alerts import folders
from wardbeat.cli import main
from wardbeat.cli.training import evaluate_alerts
from wardbeat.ecg.io.excerpts import excerpts_folder


def error_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    monkeypatch.setattr(sys, "argv", ["wardbeat", "evaluate-alerts", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_the_kinds_are_those_that_are_scored() -> None:
    assert evaluate_alerts.KINDS == folders.KINDS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to score"),
        (("--records", "nowhere"), "nowhere: no such folder"),
        (("--records", "bare"), "alerts can't be scored on it"),
        (("--records", "alarms", "nobody"), "no record 'nobody'"),
        (("--records", "alarms", "b2"), "no reference to score it by as challenge-2015"),
        (("--records", "alarms", "--as", "vfdb"), "no reference to score it by as vfdb"),
        (("--records", "alarms", "--records", "alarms"), "a folder named 'alarms' twice"),
        (("--records", "alarms", "--bundle", "nowhere"), "bundle.json can't be read"),
        (("--records", "alarms", "--folds", "bare"), "must hold bundles 0, 1"),
        (("--records", "alarms", "--out", "bare"), "choose a new folder"),
        (("--records", "beats", "--splices", "--noise", "bare"), "no record 'em'"),
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
    for folder in ("alarms", "bare", "beats"):
        (tmp_path / folder).mkdir()
    write_record(tmp_path / "bare", counting(2, 1000), name="bare")
    for name in ("a1", "b2"):
        write_record(tmp_path / "alarms", counting(2, 1000), name=name)
    (tmp_path / "alarms" / "ALARMS").write_text("a1,Asystole,1\n")
    write_record(tmp_path / "beats", counting(2, 1000), name="c3")
    wfdb.wrann("c3", "atr", np.array([100]), ["N"], write_dir=str(tmp_path / "beats"))
    before = sorted(tmp_path.rglob("*"))
    assert message in error_of(monkeypatch, capsys, "--out", "report", *arguments)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_beats_rhythms_and_waveforms_make_a_whole_report(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "report"
    with excerpts_folder() as folder:
        arguments = ["evaluate-alerts", "--records", str(folder), "--out", str(out), "--jobs", "2", "--json"]
        result = CliRunner().invoke(main.cli, [*arguments, "--splices", "--waveforms", "100"], catch_exceptions=False)
    assert result.exit_code == 0
    report = json.loads(result.stdout.splitlines()[-1])
    assert json.loads((out / "report.json").read_text()) == report
    (figures,) = report["evaluation"]["folders"]
    assert (figures["kind"], list(figures["records"])) == ("mitdb", ["100"])
    assert figures["heart_rate"]["right_of_shown"]["value"] > 0.99
    assert [row["flutter"] for row in figures["atrial_beats"]] == ["left out", "as other", "as AF"]
    assert figures["challenge_2015"] is None
    assert {row["waveform"]: row["rate_right"] for row in report["evaluation"]["waveforms"]}["bigeminy_3a"]
    errors, _ = report["errors"]
    assert (errors["hidden"], errors["cases"]) == (1, []), "record 100 is of DS2"
    page = (out / "report.html").read_text()
    assert "The errors of 1 records of DS2 are hidden" in page
    assert "Test waveforms after EC13" in page
    assert 'src="http' not in page, "nothing is fetched"


@pytest.mark.slow
def test_alarms_are_scored_on_what_was_before_them(tmp_path: Path, shared_data: Path) -> None:
    folder, out = tmp_path / "alarms", tmp_path / "report"
    folder.mkdir()
    for name in ("a103l", "t107l"):
        for suffix in (".hea", ".dat"):
            shutil.copy(shared_data / "challenge-2015" / f"{name}{suffix}", folder)
    (folder / "ALARMS").write_text("a103l,Asystole,0\nt107l,Tachycardia,1\n")
    arguments = ["evaluate-alerts", "--records", str(folder), "--out", str(out), "--jobs", "1"]
    result = CliRunner().invoke(main.cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    report = json.loads((out / "report.json").read_text())
    (figures,) = report["evaluation"]["folders"]
    assert figures["hours"] == pytest.approx(600 / 3600, abs=1e-3), "they last 330 s"
    assert figures["challenge_2015"]["types"][-1]["records"] == 2
    (errors,) = report["errors"]
    strips = out / "figures" / "strips" / "alarms"
    assert len(list(strips.glob("*.png"))) == len(errors["cases"])
    assert "Tachycardia" in (out / "report.html").read_text()
