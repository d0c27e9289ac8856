"""ResampledRecord records: the patient's own cycles, in other company."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.resampling import (
    CUT_S,
    LONGEST_RR_S,
    SHORTEST_RR_S,
    Sources,
    find_sources,
    resample_record,
    write_resampled_record,
)
from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.io.annotations import read_beats
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

FS_HZ = 128.0


def patient(symbols: str, rr_s: float = 0.8, rhythm: str = "(N") -> Sources | None:
    """A lead with a spike of 1 mV at each beat, and a copy of it turned round."""
    r_samples = [round((index + 1) * rr_s * FS_HZ) for index in range(len(symbols))]
    signal = np.zeros((2, r_samples[-1] + 100))
    signal[0, r_samples], signal[1, r_samples] = 1.0, -1.0
    classes: dict[str, Symbol] = {"N": "N", "S": "S", "V": "V"}
    beats = [ReferenceBeat(sample, classes[symbol]) for sample, symbol in zip(r_samples, symbols, strict=True)]
    return find_sources(signal, beats, [ReferenceRhythm(0, rhythm)], FS_HZ)


def test_a_cycle_ends_just_after_its_r_peak() -> None:
    sources = patient("N" * 40 + "NSN" * 5)
    assert sources is not None
    assert sources.rr_s == pytest.approx(0.8, abs=0.01)
    assert len(sources.premature) == 5
    for cycle in (*sources.normal, *sources.premature):
        assert int(cycle.signal[0].argmax()) == cycle.signal.shape[1] - round(CUT_S * FS_HZ)


@pytest.mark.parametrize(("symbols", "rhythm"), [("N" * 20, "(N"), ("N" * 60, "(AFIB")])
def test_too_few_sinus_cycles_make_nothing(symbols: str, rhythm: str) -> None:
    assert patient(symbols, rhythm=rhythm) is None


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), premature=st.booleans(), ventricular=st.booleans())
def test_labels_stand_at_the_r_peaks_of_a_resampled_record(seed: int, premature: bool, ventricular: bool) -> None:
    sources = patient("N" * 60 + "NSN" * 6 * premature + "NVN" * 6 * ventricular)
    assert sources is not None
    resampled = resample_record(sources, 120.0, FS_HZ, np.random.default_rng(seed))
    assert np.isfinite(resampled.signal).all()
    assert resampled.signal.shape[1] / FS_HZ > 119.0, "each cycle's length is rounded to samples"
    intervals_s = np.diff(resampled.r_samples) / FS_HZ
    assert intervals_s.min() > SHORTEST_RR_S - 0.1
    assert intervals_s.max() < LONGEST_RR_S + 0.5
    for r, _ in pairwise(resampled.r_samples):
        around = resampled.signal[0, r - 5 : r + 6]
        assert int(around.argmax()) == 5, "the spike stands where the label is"
        assert around.max() > 0.5
    assert "V" not in resampled.symbols or ventricular


def test_the_same_seed_makes_the_same_record() -> None:
    sources = patient("N" * 60)
    assert sources is not None
    first, again, other = (resample_record(sources, 60.0, FS_HZ, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.signal, again.signal)
    assert not np.array_equal(first.r_samples, other.r_samples)


def test_a_resampled_record_is_written_as_a_wfdb_record(tmp_path: Path) -> None:
    with excerpts_folder() as folder:
        write_resampled_record(tmp_path, folder / "100", seed=0)
        leads = open_record(folder / "100").sig_name
    record = open_record(tmp_path / "100m")
    beats = read_beats(tmp_path / "100m")
    assert record.sig_name == leads
    assert {beat.symbol for beat in beats} == {"N", "S"}
    heights = np.ptp(read_mv(record, 0, record.n_samples), axis=1)
    assert (heights > 0.5).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["100m.atr", "100m.dat", "100m.hea"]
