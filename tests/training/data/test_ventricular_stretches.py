"""The list of stretches with an undisputed rhythm is complete and has no contradictions."""

from itertools import pairwise
from pathlib import Path

import pytest

from training.data import ventricular_stretches
from training.data.ventricular_stretches import read_stretches


def test_each_stretch_has_a_reason_and_no_two_overlap() -> None:
    stretches = read_stretches()
    assert {stretch.rhythm for stretch in stretches} == {"VF", "VT", "disputed"}
    for stretch in stretches:
        assert stretch.begin_s < stretch.end_s
        assert len(stretch.why) > 10
    for one, other in pairwise(stretches):
        assert one.record != other.record or one.end_s <= other.begin_s


def test_four_patients_have_fibrillation_and_six_tachycardia() -> None:
    patients = {kind: {one.record for one in read_stretches() if one.rhythm == kind} for kind in ("VF", "VT")}
    assert patients["VF"] == {"422", "424", "426", "430"}
    assert patients["VT"] == {"420", "421", "426", "605", "607", "611"}


def test_an_unknown_rhythm_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "list.csv"
    file.write_text("database,record,begin_s,end_s,rhythm,why\nvfdb,1,0,9,VFL,no reason\n")
    monkeypatch.setattr(ventricular_stretches, "LIST", file)
    with pytest.raises(ValueError, match="'VFL' is none of VF, VT, disputed"):
        read_stretches()
