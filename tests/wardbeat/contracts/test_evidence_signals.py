from importlib.resources import files

import msgspec
import numpy as np
import wfdb
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.support.samples import make_alert
from wardbeat.contracts.evidence_signals import (
    SIGNALS,
    has_signals,
    pack_signals,
    with_signals,
    without_signals,
)
from wardbeat.contracts.messages import Evidence

signals = arrays.arrays("<i2", st.integers(0, 200)).map(lambda signal: signal.tobytes())


@given(signals, signals, signals)
def test_packed_signals_are_unpacked_unchanged(strip: bytes, reconstruction: bytes, residual: bytes) -> None:
    evidence = msgspec.structs.replace(
        make_alert().evidence, strip=strip, reconstruction=reconstruction, residual=residual
    )
    bare = without_signals(evidence)
    assert not has_signals(bare)
    assert has_signals(evidence) == bool(strip or reconstruction or residual)
    assert with_signals(bare, pack_signals(evidence)) == evidence


def test_all_signals_of_evidence_are_named() -> None:
    assert {field.name for field in msgspec.structs.fields(Evidence) if field.type is bytes} == set(SIGNALS)


def test_ecg_takes_little_more_than_half_the_room() -> None:
    excerpt = files("wardbeat") / "ecg" / "data" / "excerpts" / "208"
    millivolts = wfdb.rdrecord(str(excerpt), sampto=30 * 250).p_signal
    strip = np.round(millivolts.T * 1000).astype("<i2").tobytes()
    assert len(pack_signals(Evidence(rule="", value=0, threshold=0, unit="", strip=strip))) < 0.6 * len(strip)
