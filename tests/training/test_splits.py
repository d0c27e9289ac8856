"""No patient stands on two sides of a split."""

from pathlib import Path

import pytest

from training.splits import (
    DS1,
    DS1_VALIDATION,
    DS2,
    FOLDS,
    MITDB,
    PACED,
    default_records,
    is_mitdb,
    join_splits,
    kept_for_test,
    patient_folds,
    split_patients,
)


def paths(*names: str) -> list[Path]:
    return [Path("records") / name for name in names]


def test_the_published_lists_are_48_records_and_share_none() -> None:
    assert len(DS1) == len(DS2) == 22
    assert len(MITDB) == len(DS1) + len(DS2) + len(PACED) == 48
    assert set(DS1_VALIDATION) < set(DS1)


def test_of_mitdb_only_ds1_is_fitted_on_and_only_ds2_tested_on() -> None:
    everything = paths(*sorted(MITDB))
    assert {path.name for path in default_records(everything)} == set(DS1)
    assert {path.name for path in kept_for_test(everything)} == set(DS2)


def test_any_other_folder_gives_all_that_it_has() -> None:
    other = paths("S001", "S003", "101")
    assert not is_mitdb(other)
    assert default_records(other) == kept_for_test(other) == other


@pytest.mark.parametrize(
    "names", [DS1, tuple(f"S{n:03d}" for n in range(39)), ("a", "b"), ("a", "b", "c"), ("101", "118"), ("200", "208")]
)
def test_a_split_has_everybody_once(names: tuple[str, ...]) -> None:
    split = split_patients(paths(*names))
    assert split.fit
    assert split.validation
    assert sorted((*split.fit, *split.validation)) == sorted(names)


def test_mitdb_validates_on_its_listed_patients() -> None:
    assert split_patients(paths(*DS1)).validation == tuple(sorted(DS1_VALIDATION))


def test_201_and_202_are_one_person_and_stay_together() -> None:
    split = split_patients(paths("100", "201", "202", "203"))
    assert {"201", "202"} <= set(split.validation)


def test_a_lone_patient_can_only_be_fitted_on() -> None:
    assert split_patients(paths("a")).validation == ()


def test_joined_splits_keep_their_sides() -> None:
    joined = join_splits([split_patients(paths(*DS1)), split_patients(paths("a", "b"))])
    assert {"b", *DS1_VALIDATION} == set(joined.validation)
    assert not set(joined.fit) & set(joined.validation)


def test_every_patient_to_fit_on_is_held_out_once_and_201_together_with_202() -> None:
    folds = patient_folds(paths(*sorted(MITDB)))
    assert set(folds) == {*DS1, *PACED, "202"}
    assert folds["201"] == folds["202"]
    assert set(folds.values()) == set(range(FOLDS))
    assert patient_folds(paths("201", "202")) == {"201": folds["201"], "202": folds["201"]}
    assert patient_folds(paths("b", "a")) == {"a": 0, "b": 1}
