"""Both layouts of PTB-XL are read, and no patient is in two parts."""

import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from training.data.ptb_xl.layout import DATABASE, PtbRecord, read_records, read_superclasses
from training.data.ptb_xl.shipped import ptb_xl_excerpt
from wardbeat.errors import RecordError, TrainingError


def test_the_published_table_is_read() -> None:
    with ptb_xl_excerpt() as folder:
        records = read_records(folder)
    first = records[0]
    assert (first.ecg_id, first.name, first.patient, first.fold) == (1, "00001", "15709", 3)
    assert first.file_100_hz == "records100/00000/00001_lr"
    assert first.statements is not None
    assert set(first.statements) == {"LVOLT", "NORM", "SR"}
    assert first.codes == ()
    assert {record.part for record in records} == {"fit", "validation", "test"}


def test_the_superclass_of_each_diagnostic_statement_is_read() -> None:
    with ptb_xl_excerpt() as folder:
        superclasses = read_superclasses(folder)
    assert set(superclasses.values()) == {"NORM", "MI", "STTC", "CD", "HYP"}
    assert superclasses["LAFB"] == "CD"
    assert "SR" not in superclasses  # a rhythm is no diagnosis


def test_the_packed_table_is_read(shared_data: Path) -> None:
    records = read_records(shared_data / "ptb-xl")
    assert len(records) == 10_928
    assert sum(record.statements is not None for record in records) == 2183 + 2198 + 1831
    assert all(record.statements is not None for record in records if record.part != "fit")
    without_number = [record for record in records if record.patient.startswith("record ")]
    assert len({record.patient for record in without_number}) == len(without_number) == 7847
    parts = defaultdict(set)
    for record in records:
        parts[record.patient].add(record.part)
    assert all(len(found) == 1 for found in parts.values())


@pytest.mark.parametrize(("fold", "part"), [(1, "fit"), (8, "fit"), (9, "validation"), (10, "test")])
def test_folds_make_the_parts(fold: int, part: str) -> None:
    assert PtbRecord(1, "1", fold, "", "", (), ()).part == part


def test_a_patient_in_two_parts_is_an_error(tmp_path: Path) -> None:
    with ptb_xl_excerpt() as folder:
        table = (folder / DATABASE).read_text()
    (tmp_path / DATABASE).write_text(table.replace("\n9,18792.0", "\n9,15709.0"))
    with pytest.raises(TrainingError, match="patient 15709 of PTB-XL is in the parts fit, test"):
        read_records(tmp_path)


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"needs ptbxl_database\.csv or labels\.csv"):
        read_records(tmp_path)
    with pytest.raises(RecordError, match=r"scp_statements\.csv"):
        read_superclasses(tmp_path)


def test_a_row_that_is_no_record_is_an_error(tmp_path: Path) -> None:
    with ptb_xl_excerpt() as folder:
        shutil.copy(folder / DATABASE, tmp_path)
    with (tmp_path / DATABASE).open("a") as stream:
        stream.write("x,,{},1,a,b\n")
    with pytest.raises(RecordError, match="a row can't be read"):
        read_records(tmp_path)
