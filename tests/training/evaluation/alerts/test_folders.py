"""The kind of a folder is recognised by its files."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from tests.support.records_on_disk import counting, write_record
from training.evaluation.alerts.folders import Kind, read_alarms, read_folder
from training.evaluation.alerts.scores.challenge_2015 import Alarm
from wardbeat.errors import EvaluationError


def annotated(folder: Path, name: str, symbols: str, aux: list[str]) -> None:
    write_record(folder, counting(1, 2500), name=name)
    samples = np.arange(1, len(symbols) + 1) * 100
    wfdb.wrann(name, "atr", samples, list(symbols), aux_note=aux, write_dir=str(folder))


def test_alarms(tmp_path: Path) -> None:
    for name in ("a1", "b2", "c3"):
        write_record(tmp_path, counting(2, 2500), name=name)
    (tmp_path / "ALARMS").write_text("a1,Asystole,1\nb2,Ventricular_Flutter_Fib,0\n")
    folder = read_folder(tmp_path, None)
    assert (folder.kind, [path.name for path in folder.paths]) == ("challenge-2015", ["a1", "b2"])
    assert read_alarms(tmp_path) == [Alarm("a1", "Asystole", True), Alarm("b2", "Ventricular_Flutter_Fib", False)]


@pytest.mark.parametrize("line", ["a1,Asystole", "a1,Fire,1", "a1,Asystole,yes", "a1"])
def test_an_invalid_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "ALARMS").write_text(f"a0,Asystole,0\n{line}\n")
    with pytest.raises(EvaluationError, match=r"line 2: must be record, type and 0 or 1"):
        read_alarms(tmp_path)


def test_a_table_of_rhythms_is_challenge_2017(tmp_path: Path) -> None:
    write_record(tmp_path, counting(1, 2500), name="A1")
    (tmp_path / "REFERENCE-v3.csv").write_text("A1,~\nA2,A\n")
    assert read_folder(tmp_path, None).kind == "challenge-2017"


@pytest.mark.parametrize(
    ("symbols", "aux", "kind"), [("++", ["(N", "(VT"], "vfdb"), ("+N", ["(N", ""], "mitdb"), ("NN", ["", ""], "nsrdb")]
)
def test_annotations(tmp_path: Path, symbols: str, aux: list[str], kind: str) -> None:
    annotated(tmp_path, "one", symbols, aux)
    write_record(tmp_path, counting(1, 2500), name="bare")
    write_record(tmp_path, counting(1, 2500), name="empty")
    (tmp_path / "empty.atr").write_bytes(b"\0\0")
    folder = read_folder(tmp_path, None)
    assert (folder.kind, [path.name for path in folder.paths]) == (kind, ["one"])
    if "N" in symbols:
        assert read_folder(tmp_path, "nsrdb", ["one"]).kind == "nsrdb"


@pytest.mark.parametrize(
    ("symbols", "aux", "kind"),
    [("~|", ["", ""], None), ("++", ["(N", "(VT"], "mitdb"), ("++", ["(N", "(VT"], "nsrdb"), ("NN", ["", ""], "vfdb")],
)
def test_annotations_of_another_kind_are_no_reference(
    tmp_path: Path, symbols: str, aux: list[str], kind: Kind | None
) -> None:
    annotated(tmp_path, "one", symbols, aux)
    with pytest.raises(EvaluationError, match="score"):
        read_folder(tmp_path, kind)


@pytest.mark.parametrize(
    ("kind", "names", "message"),
    [
        (None, [], "alerts can't be scored on it"),
        ("vfdb", [], "no reference to score it"),
        ("nsrdb", ["bare"], "no reference"),
    ],
)
def test_a_folder_without_a_reference_is_refused(
    tmp_path: Path, kind: str | None, names: list[str], message: str
) -> None:
    write_record(tmp_path, counting(1, 2500), name="bare")
    with pytest.raises(EvaluationError, match=message):
        read_folder(tmp_path, kind, names)  # type: ignore[arg-type]
