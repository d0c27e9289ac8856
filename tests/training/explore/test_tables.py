"""Labels and patients from the tables that data sets bring along."""

from pathlib import Path

import pytest

from training.explore.tables import OF_MITDB, OF_PTB_XL, UNKNOWN, read_table
from wardbeat.errors import EvaluationError, RecordError


def test_challenge_2017_names_rhythms(tmp_path: Path) -> None:
    (tmp_path / "REFERENCE-v3.csv").write_text("A1,~,0\nA2,A,0\n")
    table = read_table(tmp_path, ["A1", "A2", "A3"])
    assert (table.name, table.labels) == ("REFERENCE-v3.csv", {"A1": ("~",), "A2": ("A",)})
    assert (table.patients, table.patient_source) == ({}, UNKNOWN)


def test_challenge_2015_names_alarms(tmp_path: Path) -> None:
    (tmp_path / "ALARMS").write_text("a1,Ventricular_Tachycardia,0\n")
    assert read_table(tmp_path, ["a1"]).labels == {"a1": ("Ventricular Tachycardia, false",)}


def test_ptb_xl_names_superclasses_and_patients_in_the_folder_above(tmp_path: Path) -> None:
    folder = tmp_path / "records100"
    folder.mkdir()
    (tmp_path / "scp_statements.csv").write_text(",diagnostic,diagnostic_class\nNORM,1.0,NORM\nIMI,1.0,MI\nSR,,\n")
    (tmp_path / "ptbxl_database.csv").write_text(
        "ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr\n"
        "1,7.0,\"{'NORM': 100.0, 'SR': 0.0}\",1,records100/00000/00001_lr,records500/00000/00001_hr\n"
        "2,7.0,\"{'IMI': 50.0, 'NORM': 0.0}\",1,records100/00000/00002_lr,records500/00000/00002_hr\n"
        "3,8.0,\"{'SR': 0.0}\",1,records100/00000/00003_lr,records500/00000/00003_hr\n"
    )
    table = read_table(folder, ["00001_lr", "00002_lr", "00003_lr"])
    assert table.patient_source == OF_PTB_XL
    assert [table.labels[f"0000{n}_lr"] for n in (1, 2, 3)] == [("NORM",), ("MI", "NORM"), ("no superclass",)]
    assert table.patients["00001_lr"] == table.patients["00002_hr"] == "ptb-xl 7"


def test_a_table_of_other_records_is_not_read_as_theirs(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (tmp_path / "ALARMS").write_text("a1,Asystole,0\n")
    (tmp_path / "labels.csv").write_text("file,class\nx.png,N\n")
    assert read_table(folder, ["b2"]).name == ""


def test_patients_of_mitdb_are_known(tmp_path: Path) -> None:
    table = read_table(tmp_path, ["201", "202", "118", "118e06", "bw"])
    assert table.patient_source == OF_MITDB
    assert table.patients["201"] == table.patients["202"] != table.patients["118"] == table.patients["118e06"]
    assert read_table(tmp_path, ["201", "mine"]).patients == {}, "201 of another data set is another person"


@pytest.mark.parametrize(
    ("name", "text", "error"), [("REFERENCE-v3.csv", "A1,B\n", RecordError), ("ALARMS", "a1\n", EvaluationError)]
)
def test_an_invalid_line_is_an_error(tmp_path: Path, name: str, text: str, error: type[Exception]) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(error, match="line 1"):
        read_table(tmp_path, ["A1"])
