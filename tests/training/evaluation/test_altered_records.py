"""Lead faults and noise, made in memory."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.records_on_disk import write_record
from training.evaluation.altered_records import LEAD_FAULTS, has_two_leads, with_fault
from wardbeat.ecg.io.records import Record, open_record

RAMP = 2 * np.array([np.arange(1000), 500 - np.arange(1000)])


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return open_record(write_record(tmp_path, RAMP, sig_name=("V1", "MLII")))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("none", RAMP),
        ("first lead dead", [RAMP[0], 0 * RAMP[1]]),
        ("second lead dead", [0 * RAMP[0], RAMP[1]]),
        ("leads swapped", RAMP[::-1]),
        ("both inverted", -RAMP),
        ("half gain", RAMP // 2),
    ],
)
def test_each_fault_does_what_it_says(record: Record, fault: str, expected: np.ndarray) -> None:
    """First is the limb lead, MLII, although it stands second."""
    altered = with_fault(record, fault)
    assert fault in LEAD_FAULTS
    assert altered.read(0, 1000).tolist() == np.array(expected).tolist()
    assert altered.read(10, 20).tolist() == np.array(expected)[:, 10:20].tolist()
    assert (altered.name, altered.fs, altered.sig_name) == (record.name, record.fs, record.sig_name)


def test_one_lead_can_not_fail_without_the_other(tmp_path: Path, record: Record) -> None:
    (tmp_path / "one").mkdir()
    assert has_two_leads(record)
    assert not has_two_leads(open_record(write_record(tmp_path / "one", RAMP[:1])))
