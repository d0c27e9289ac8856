"""No patient stands on two sides of a split."""

from pathlib import Path

from training.data.splits import (
    DS1,
    DS2,
    FOLDS,
    MITDB,
    PACED,
    default_records,
    is_mitdb,
    patient_folds,
    qrs_records,
)


def paths(*names: str) -> list[Path]:
    return [Path("records") / name for name in names]


def test_the_published_lists_are_48_records_and_share_none() -> None:
    assert len(DS1) == len(DS2) == 22
    assert len(MITDB) == len(DS1) + len(DS2) + len(PACED) == 48


def test_of_mitdb_only_ds1_is_fitted_on() -> None:
    everything = paths(*sorted(MITDB))
    assert {path.name for path in default_records(everything)} == set(DS1)


def test_any_other_folder_gives_all_that_it_has() -> None:
    other = paths("S001", "S003", "101")
    assert not is_mitdb(other)
    assert default_records(other) == other


def test_the_qrs_network_is_fitted_on_paced_records_as_well() -> None:
    assert {path.name for path in qrs_records(paths(*sorted(MITDB)))} == {*DS1, *PACED}
    assert qrs_records(paths("a")) == paths("a")


def test_every_patient_to_fit_on_is_held_out_once_and_201_together_with_202() -> None:
    folds = patient_folds(paths(*sorted(MITDB)))
    assert set(folds) == {*DS1, *PACED, "202"}
    assert folds["201"] == folds["202"]
    assert set(folds.values()) == set(range(FOLDS))
    assert patient_folds(paths("201", "202")) == {"201": folds["201"], "202": folds["201"]}
    assert patient_folds(paths("b", "a")) == {"a": 0, "b": 1}
