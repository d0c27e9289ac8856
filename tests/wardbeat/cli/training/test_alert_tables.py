"""The tables of ``wardbeat evaluate-alerts``."""

import msgspec
import pytest

from tests.support.filled import filled
from training.evaluation.alerts.results import FolderFigures
from training.evaluation.alerts.scores.waveforms import WaveformRow
from wardbeat.cli.training.alert_tables import print_folder, print_waveforms

OPTIONAL = (
    "challenge_2015", "ventricular", "borne_out", "burden", "asystole", "heart_rate", "strips", "atrial_beats",
    "splices",
)  # fmt: skip


def printed(capsys: pytest.CaptureFixture[str], figures: FolderFigures) -> list[str]:
    print_folder(figures)
    return capsys.readouterr().out.splitlines()


def test_every_figure_has_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, filled(FolderFigures))
    beginnings = (
        "x as x: 1 records, 3 x", "alarm ", "segments of 5 s ", "episodes ", "alerts ",
        "VF told from VT, undisputed    50.0 %, mean of 1 patients", "VF alerts in 0.50 h of noise: 3",
        "asystole with a VF alert: 3 of 3 s (50.0 %)", "high alerts ", "runs of 5 V and more at over 100/min: 2 of 3",
        "asystole: x 0.5 s",
        "heart rate: shown    50.00 % of 3 s, right    50.00 %",
        "AF: Se     50.0 +P     50.0 F1     50.0   called x 3/3", "AF beats, flutter left out  Se     50.0 +P     50.0",
        "splices ",
    )  # fmt: skip
    for beginning in beginnings:
        assert [line for line in lines if line.startswith(beginning)], beginning


def test_rows_stand_below_their_headings(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, filled(FolderFigures))
    heading = next(line for line in lines if line.startswith("alarm "))
    row = lines[lines.index(heading) + 1]
    for name, value in (("TP", "3"), ("TN", "3"), ("TPR", "50.0"), ("TNR", "50.0"), ("score", "0.5")):
        end = heading.index(name) + len(name)
        assert row[:end].endswith(value), name


@pytest.mark.parametrize("missing", OPTIONAL)
def test_a_missing_figure_has_no_table(capsys: pytest.CaptureFixture[str], missing: str) -> None:
    whole = filled(FolderFigures)
    without = printed(capsys, msgspec.structs.replace(whole, **{missing: None}))
    assert 0 < len(without) < len(printed(capsys, whole))


def test_a_folder_without_alerts_of_asystole_shows_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "asystole: none" in printed(capsys, msgspec.structs.replace(filled(FolderFigures), asystole=[]))


def test_a_wrong_waveform_stands_out(capsys: pytest.CaptureFixture[str]) -> None:
    right = filled(WaveformRow)
    wrong = msgspec.structs.replace(right, right=False, shown_bpm=None, expected_code=None)
    print_waveforms([right, wrong])
    first, second = capsys.readouterr().out.splitlines()
    assert ("right" in first, "rate 0.5 to 0.5" in first, "x after 0.5 s" in first) == (True, True, True)
    assert ("WRONG" in second, "rate none" in second, "after" in second) == (True, True, False)
