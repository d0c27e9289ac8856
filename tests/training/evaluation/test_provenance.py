"""Whose networks score whom."""

from pathlib import Path

import pytest

from training.data.splits import DS1, DS2, FOLDS, PACED, patient_folds
from training.evaluation.provenance import Scorer, choose_scorer, fold_bundles, patient_of, read_scoring_bundle
from wardbeat.errors import BundleError

MITDB = [Path(name) for name in (*DS1, *DS2, *PACED)]
FITTED = frozenset(map(patient_of, (*DS1, *PACED)))


def folds() -> list[frozenset[str]]:
    """The patients that each fold's bundle is fitted on."""
    held_out = patient_folds(MITDB)
    return [frozenset(patient_of(name) for name in (*DS1, *PACED) if held_out[name] != fold) for fold in range(FOLDS)]


def test_each_patient_of_the_fit_is_scored_by_the_fold_that_holds_him_out() -> None:
    held_out = patient_folds(MITDB)
    for name in (*DS1, *PACED, "202"):
        assert choose_scorer(name, FITTED, folds()) == Scorer("held out", held_out[name])


def test_who_is_in_no_fit_is_scored_by_the_bundle_in_service() -> None:
    for name in DS2:
        if name != "202":
            assert choose_scorer(name, FITTED, folds()) == Scorer("unseen")


def test_of_bundles_that_have_not_seen_a_record_it_is_scored_by_the_one_that_has_seen_most() -> None:
    folds = [frozenset({"101"}), frozenset({"201", "418"}), frozenset({"101", "201"}), frozenset({"101", "201", "418"})]
    assert choose_scorer("418", FITTED | {"418"}, folds) == Scorer("held out", 2)
    assert choose_scorer("101", FITTED, folds) == Scorer("held out", 1)


def test_without_folds_the_scorer_shows_that_it_was_fitted_on_the_patient() -> None:
    assert choose_scorer("119", FITTED, []) == Scorer("fitted on")
    assert choose_scorer("202", FITTED, []) == Scorer("fitted on"), "the same person as 201"
    assert choose_scorer("100", FITTED, []) == Scorer("unseen")


@pytest.mark.parametrize(
    ("record", "patient"), [("202", "201"), ("118e06", "118"), ("119e_6", "119"), ("e0103", "e0103")]
)
def test_a_patient_goes_by_several_names(record: str, patient: str) -> None:
    assert patient_of(record) == patient


def test_records_of_svdb_may_have_been_fitted_on_under_lost_names() -> None:
    assert choose_scorer("803", frozenset({"S001"}), []) == Scorer("perhaps fitted on")
    assert choose_scorer("803", frozenset({"119"}), []) == Scorer("unseen")


def test_the_shipped_bundle_was_never_fitted_on_ds2() -> None:
    patients = read_scoring_bundle(None).patients
    seen = [name for name in DS2 if choose_scorer(name, patients, []).seen != "unseen"]
    assert seen == ["202"]


def test_a_folder_without_folds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="bundles 0, 1"):
        fold_bundles(tmp_path)
