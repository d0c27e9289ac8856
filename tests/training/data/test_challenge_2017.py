"""Labels, signals and split of challenge-2017."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records_on_disk import write_record
from training.data.challenge_2017 import read_record_rhythms, read_strip, scaled_by_record, split_records
from wardbeat.errors import RecordError

PROPORTIONS = {"fit": 0.6, "validation": 0.15, "test": 0.25}


def test_the_table_names_the_rhythm_of_each_record(tmp_path: Path) -> None:
    assert read_record_rhythms(tmp_path) == {}
    (tmp_path / "REFERENCE-v3.csv").write_text("A1,~\nA2,A,0\n")
    assert read_record_rhythms(tmp_path) == {"A1": "~", "A2": "A"}
    (tmp_path / "REFERENCE-v3.csv").write_text("A1,N\nA2,B\n")
    with pytest.raises(RecordError, match=r"line 2: must be record and N, A, O or ~"):
        read_record_rhythms(tmp_path)


def test_a_strip_is_resampled_without_its_drift(tmp_path: Path) -> None:
    t_s = np.arange(0, 10, 1 / 300)
    wave = 1000 * np.sin(2 * np.pi * 5 * t_s)
    path = write_record(tmp_path, (wave + 300 * t_s)[None].astype(np.int64), fs=300, gain=1000)
    strip = read_strip(path, 100)
    expected = np.sqrt(2) * np.sin(2 * np.pi * 5 * np.arange(0, 10, 0.01))
    assert strip.dtype == np.float32
    assert strip.shape == (1000,)
    assert strip[200:800] == pytest.approx(expected[200:800], abs=0.12)


def test_invalid_samples_are_bridged(tmp_path: Path) -> None:
    t_s = np.arange(0, 10, 1 / 300)
    wave = (1000 * np.sin(2 * np.pi * t_s)).astype(np.int64)
    wave[1000:1010] = -32768
    assert np.isfinite(read_strip(write_record(tmp_path, wave[None], fs=300, gain=1000), 100)).all()
    nothing = np.full((1, 3000), -32768, np.int64)
    assert (read_strip(write_record(tmp_path, nothing, name="none", fs=300), 100) == np.zeros(1000)).all()


@given(st.floats(0.01, 100.0))
def test_the_scale_of_a_record_does_not_matter(gain: float) -> None:
    signal = np.random.default_rng(0).normal(size=1000)
    assert scaled_by_record(gain * signal) == pytest.approx(scaled_by_record(signal), rel=1e-4, abs=1e-5)


def test_a_flat_record_and_an_artefact_stay_finite() -> None:
    assert (scaled_by_record(np.zeros(100)) == 0.0).all()
    signal = np.random.default_rng(0).normal(size=1000)
    signal[0] = 1e6
    assert scaled_by_record(signal)[0] == 10.0
    assert np.std(scaled_by_record(signal)[1:]) == pytest.approx(1.0, abs=0.1)


def test_each_rhythm_is_split_in_the_same_proportions() -> None:
    rhythms = {f"A{at:03d}": "N" if at < 60 else "A" for at in range(100)}
    parts = split_records(rhythms, PROPORTIONS, 1)
    assert Counter((rhythms[name], part) for name, part in parts.items()) == {
        ("N", "fit"): 36, ("N", "validation"): 9, ("N", "test"): 15,
        ("A", "fit"): 24, ("A", "validation"): 6, ("A", "test"): 10,
    }  # fmt: skip


@given(st.dictionaries(st.text("abc", min_size=1, max_size=4), st.sampled_from("NAO~"), max_size=40), st.randoms())
def test_the_split_does_not_depend_on_the_order(rhythms: dict[str, str], random: object) -> None:
    names = list(rhythms)
    random.shuffle(names)  # type: ignore[attr-defined]
    parts = split_records({name: rhythms[name] for name in names}, PROPORTIONS, 3)
    assert parts == split_records(rhythms, PROPORTIONS, 3)
    assert set(parts) == set(rhythms)


def test_another_seed_is_another_split() -> None:
    rhythms = {f"A{at:03d}": "N" for at in range(100)}
    assert split_records(rhythms, PROPORTIONS, 1) != split_records(rhythms, PROPORTIONS, 2)
