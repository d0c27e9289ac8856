"""Labels of PTB-XL: superclasses with probabilities where statements are unknown, and one rhythm a record."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.ptb_xl.labels import (
    CODE_RHYTHMS,
    CODE_SUPERCLASSES,
    PRIORITY,
    RHYTHMS,
    SUPERCLASSES,
    rhythm_labels,
    rhythm_of,
    rule_superclasses,
    superclass_labels,
)
from training.data.ptb_xl.layout import PtbRecord, read_records, read_superclasses

TABLE = {"NORM": "NORM", "IMI": "MI", "NDT": "STTC", "LAFB": "CD", "LVH": "HYP"}


def record(statements: tuple[str, ...] | None, codes: tuple[str, ...] = (), fold: int = 1) -> PtbRecord:
    return PtbRecord(1, "1", fold, "", "", statements, codes)


def superclasses(codes: tuple[str, ...]) -> set[str]:
    return {name for name, has in zip(SUPERCLASSES, rule_superclasses(codes), strict=True) if has}


def test_known_statements_give_zeros_and_ones() -> None:
    labels = superclass_labels([record(("IMI", "LAFB", "SR")), record(("NORM",)), record(("SR",))], TABLE)
    assert labels.tolist() == [[0, 1, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("NSR",), {"NORM"}),
        (("NSR", "LVH", "TAb"), {"HYP", "STTC"}),
        (("NSR", "QAb"), set()),
        (("AF",), set()),
        (("NSR", "LAD"), {"NORM"}),
        ((), set()),
    ],
)
def test_the_rule_of_codes(codes: tuple[str, ...], expected: set[str]) -> None:
    assert superclasses(codes) == expected


@given(st.sets(st.sampled_from(sorted(set().union(*CODE_SUPERCLASSES.values(), CODE_RHYTHMS)))))
def test_no_record_is_normal_and_of_another_superclass(codes: set[str]) -> None:
    found = superclasses(tuple(codes))
    assert found == {"NORM"} or "NORM" not in found


def test_unknown_statements_get_probabilities_from_records_like_them() -> None:
    known = [record(("NORM",), ("NSR",))] * 30 + [record(("IMI",), ("MI",))] * 20 + [record(("NORM",), ("MI",))] * 5
    labels = superclass_labels([*known, record(None, ("MI",)), record(None, ("NSR",))], TABLE)
    of_mi, of_nsr = labels[-2], labels[-1]
    assert 0.6 < of_mi[1] < 0.9
    assert of_nsr[0] > 0.9
    assert of_nsr[1] < 0.1
    assert of_mi[2] == 0  # no known record tells STTC apart: the rule stands


def test_test_records_do_not_shape_the_probabilities() -> None:
    known = [record(("NORM",), ("NSR",))] * 20 + [record(("IMI",), ("MI",))] * 20
    unknown = record(None, ("MI",))
    misleading = [record(("NORM",), ("MI",), fold=10)] * 200
    without = superclass_labels([*known, unknown], TABLE)[-1]
    beside = superclass_labels([*known, *misleading, unknown], TABLE)[-1]
    assert np.allclose(without, beside, atol=1e-6)


@pytest.mark.parametrize(
    ("stated", "rhythm"),
    [
        (record(("SR", "NORM")), "SR"),
        (record(("AFIB", "PACE")), "PACE"),
        (record(("AFLT",)), "OTHER"),
        (record(("BIGU", "SR")), "SR"),
        (record(("BIGU",)), "OTHER"),
        (record(("NORM",)), None),
        (record(None, ("NSR", "SB")), "SBRAD"),
        (record(None, ("AF", "NSR")), "AFIB"),
        (record(None, ("MI",)), None),
    ],
)
def test_rhythms(stated: PtbRecord, rhythm: str | None) -> None:
    assert rhythm_of(stated) == rhythm


@given(st.lists(st.sets(st.sampled_from([*PRIORITY, "NORM"])), max_size=5))
def test_a_record_has_one_rhythm_or_none(stated: list[set[str]]) -> None:
    labels = rhythm_labels([record(tuple(one)) for one in stated])
    assert labels.shape == (len(stated), len(RHYTHMS))
    assert [row.sum() for row in labels] == [bool(one - {"NORM"}) for one in stated]


def test_the_labels_of_the_folds_have_the_measured_quality(shared_data: Path) -> None:
    folder = shared_data / "ptb-xl"
    records = read_records(folder)
    exact = superclass_labels(records, read_superclasses(folder))
    tested = [index for index, one in enumerate(records) if one.part != "fit"]
    hidden = [
        PtbRecord(one.ecg_id, one.patient, one.fold, "", "", None, one.codes) if one.part != "fit" else one
        for one in records
    ]
    imputed = superclass_labels(hidden, read_superclasses(folder))
    right = ((imputed > 0.5) == (exact > 0.5))[tested].all(axis=1)
    assert right.mean() == pytest.approx(0.959, abs=0.005)
    assert exact[tested].sum(axis=0).tolist() == [1919, 1092, 1049, 992, 530]
    known = [one for one in records if one.statements is not None]
    by_codes = [rhythm_of(PtbRecord(1, "1", 1, "", "", None, one.codes)) for one in known]
    assert np.mean([rhythm_of(one) == by_code for one, by_code in zip(known, by_codes, strict=True)]) > 0.984
    rhythms = rhythm_labels(records)
    for part in ("fit", "validation", "test"):
        assert rhythms[[one.part == part for one in records]].sum(axis=0).min() >= 25
