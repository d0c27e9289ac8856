"""The progress of long commands, outside a terminal."""

import pytest

from wardbeat.cli.training.stage_bars import stage_bars


def test_the_last_step_and_every_step_with_a_result_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_bars() as report_progress:
        report_progress("beats", 1, 3, "1 records")
        report_progress("beats", 2, 3, "loss 0.5")
        report_progress("beats", 3, 3, "3 records")
    output = capsys.readouterr()
    assert output.err.splitlines() == ["beats: 2/3 loss 0.5", "beats: 3/3 3 records"]
    assert output.out == "", "standard output is for the result"


def test_brackets_in_a_note_are_printed_verbatim(capsys: pytest.CaptureFixture[str]) -> None:
    with stage_bars() as report_progress:
        report_progress("fit", 1, 1, "[bold]x[/bold]")
    assert capsys.readouterr().err == "fit: 1/1 [bold]x[/bold]\n"
