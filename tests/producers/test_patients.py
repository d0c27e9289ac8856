"""One stream a patient. If there are more patients than records, records are used again."""

from pathlib import Path

import numpy as np
import pytest

from producers.patients import EPISODES, canary_patient, recorded_patients, synthetic_patient_record, synthetic_patients
from tests.support.records_on_disk import counting, write_record
from wardbeat.contracts.canary import CANARY, CYCLE_S
from wardbeat.contracts.rules import STREAM_ID
from wardbeat.ecg.synthetic import RHYTHMS


def test_each_record_is_a_patient_of_its_name(tmp_path: Path) -> None:
    paths = [write_record(tmp_path, counting(1, 500), name=name) for name in ("100", "101", "102")]
    assert [patient.stream_id for patient in recorded_patients(paths)] == ["100", "101", "102"]
    assert [patient.stream_id for patient in recorded_patients(paths, 2)] == ["100", "101"]
    assert {patient.origin for patient in recorded_patients(paths)} == {"replay"}


def test_further_patients_of_a_record_have_other_start_samples(tmp_path: Path) -> None:
    paths = [write_record(tmp_path, counting(1, 600), name=name) for name in ("100", "101")]
    patients = recorded_patients(paths, 5)
    assert [(patient.stream_id, patient.start_sample) for patient in patients] == [
        ("100", 0), ("101", 0), ("100-2", 200), ("101-2", 200), ("100-3", 400),
    ]  # fmt: skip


def test_records_that_are_not_needed_are_not_read(tmp_path: Path) -> None:
    good = write_record(tmp_path, counting(1, 500), name="good")
    assert len(recorded_patients([good, tmp_path / "missing"], 1)) == 1


def test_a_name_with_other_letters_is_not_taken_for_another_record(tmp_path: Path) -> None:
    paths = [write_record(tmp_path, counting(1, 500), name=name) for name in ("患者1", "1", "müller")]
    assert [patient.stream_id for patient in recorded_patients(paths)] == ["u60a3u80051", "1", "mufcller"]


@pytest.mark.parametrize("name", ["_odd", "-x", "a" * 80])
def test_any_record_name_makes_a_valid_stream_id(tmp_path: Path, name: str) -> None:
    path = write_record(tmp_path, counting(1, 500), name="rec")
    odd = tmp_path / name
    (tmp_path / f"{name}.hea").write_text(path.with_suffix(".hea").read_text())
    ids = [patient.stream_id for patient in recorded_patients([odd, odd], 4)]
    assert len(set(ids)) == 4
    assert all(STREAM_ID.fullmatch(stream_id) for stream_id in ids)


def test_two_folders_with_the_same_name_are_two_streams(tmp_path: Path) -> None:
    (tmp_path / "p2").mkdir()
    paths = [write_record(folder, counting(1, 500)) for folder in (tmp_path, tmp_path / "p2")]
    assert [patient.stream_id for patient in recorded_patients(paths)] == ["rec", "rec-2"]


def test_synthetic_patients_are_named_after_their_rhythm() -> None:
    patients = synthetic_patients(["sinus", "vt"], 3)
    assert [patient.stream_id for patient in patients] == ["sinus", "vt", "sinus-2"]
    assert {patient.origin for patient in patients} == {"synthetic"}
    assert not np.array_equal(patients[0].source.read(0, 1000), patients[1].source.read(0, 1000))


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_episodes_come_and_go(rhythm: str) -> None:
    record = synthetic_patient_record(rhythm, duration_s=120)  # type: ignore[arg-type]
    assert record.n_samples == 120 * 250
    assert len(record.rhythms) == (4 if rhythm in EPISODES else 1)


def test_the_canary_is_one_cycle_of_its_own_stream_and_origin() -> None:
    canary = canary_patient()
    assert (canary.stream_id, canary.origin, canary.source.n_samples) == (CANARY, "canary", CYCLE_S * 250)
