"""The thresholds that a bundle stores."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle import read_bundle, shipped_bundle
from models.thresholds import Thresholds


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e6))
def test_thresholds_survive_the_json_of_a_manifest(anomaly_p_abnormal: float, normal_error_q99: float) -> None:
    thresholds = Thresholds(anomaly_p_abnormal, normal_error_q99)
    assert msgspec.json.decode(msgspec.json.encode(thresholds), type=Thresholds) == thresholds


@pytest.mark.parametrize("body", [b"{}", b'{"anomaly_p_abnormal": 0.5}', b'{"anomaly_p_abnormal": "high"}'])
def test_missing_or_wrong_thresholds_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Thresholds)


def test_the_shipped_thresholds_are_in_range() -> None:
    manifest, _ = read_bundle(shipped_bundle())
    assert 0.0 < manifest.thresholds.anomaly_p_abnormal < 1.0
    assert manifest.thresholds.normal_error_q99 > 0.0
