"""The list of undisputed stretches."""

from pathlib import Path

import pytest

from training.data.undisputed import UndisputedStretch, read_undisputed
from wardbeat.errors import EvaluationError

HEADER = "record,start_s,stop_s,kind,reason\n"


def test_the_lines_of_a_list_are_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(HEADER + '422,10,20.5,VF,"coarse, no QRS"\n', encoding="utf-8")
    assert read_undisputed(tmp_path / "list.csv") == [UndisputedStretch("422", 10.0, 20.5, "VF", "coarse, no QRS")]


def test_disputed_stretches_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(HEADER + "423,10,20,disputed,VT that looks like VF\n", encoding="utf-8")
    assert read_undisputed(tmp_path / "list.csv") == []


def test_the_list_that_ships_can_be_read() -> None:
    stretches = read_undisputed()
    assert {stretch.kind for stretch in stretches} == {"VF", "VT"}
    assert all(stretch.reason for stretch in stretches)


@pytest.mark.parametrize(
    "line", ["422,20,10,VF,x", "422,1,2,VFL,x", "422,nan,2,VF,x", "422,1,inf,VF,x", "422,a,2,VF,x", "422,1"]
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "list.csv").write_text(HEADER + line + "\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="line 2"):
        read_undisputed(tmp_path / "list.csv")
