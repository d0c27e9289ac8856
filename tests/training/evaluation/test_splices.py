"""Splices replace all leads with the right signal, and nothing outside their interval."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.records_on_disk import write_record
from training.evaluation.splices import EXPECTED, Splice, plan_splices, with_splices
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import INVALID_SAMPLE
from wardbeat.ecg.io.records import Record, open_record

FS = 250


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return open_record(write_record(tmp_path, np.tile(np.arange(60 * FS) % 200, (2, 1)), fs=FS))


def spliced(record: Record, kind: str, seed: int = 0) -> np.ndarray:
    return with_splices(record, [Splice(kind, 10.0)], seed=seed).read(0, record.n_samples)


@pytest.mark.parametrize("kind", EXPECTED)
def test_only_the_splice_is_another(record: Record, kind: str) -> None:
    before, after = record.read(0, record.n_samples), spliced(record, kind)
    outside = np.r_[: 10 * FS, 30 * FS : 60 * FS]
    assert (after[:, outside] == before[:, outside]).all()
    assert (after[:, 10 * FS : 30 * FS] != before[:, 10 * FS : 30 * FS]).mean() > 0.9
    assert (spliced(record, kind) == after).all()
    assert set(EXPECTED[kind]) <= set(CODES)


def test_each_kind_shows_what_it_is(record: Record) -> None:
    gain = record.gain[0]
    inside = {kind: spliced(record, kind)[:, 10 * FS : 30 * FS] for kind in EXPECTED}
    assert np.abs(inside["flat"]).max() < 0.06 * gain
    assert 0.04 * gain < inside["p_waves"].max() < 0.2 * gain
    assert (np.ptp(inside["rail"], axis=1) == 0).all()
    assert (inside["invalid"] == INVALID_SAMPLE).all()
    assert np.abs(inside["motion"].std(axis=1) / gain).min() > 0.4
    pulses = np.abs(inside["pace_pulses"]) > 0.12 * gain
    assert 22 <= pulses[0].sum() <= 24, "70 a minute, one sample each"
    spectrum = np.abs(np.fft.rfft(inside["mains"][0]))
    assert np.argmax(spectrum[1:]) + 1 in {50 * 20, 60 * 20}


def test_motion_may_be_recorded_noise(record: Record, tmp_path: Path) -> None:
    (tmp_path / "noise").mkdir()
    ramp = np.tile(np.arange(45 * FS), (2, 1)) % 1500
    noise = write_record(tmp_path / "noise", ramp, fs=FS)
    after = with_splices(record, [Splice("motion", 10.0)], noise).read(0, record.n_samples)
    inside = after[:, 10 * FS : 30 * FS]
    assert (np.diff(inside)[np.diff(inside) > 0] == 1).all(), "a piece of the ramp, wherever it is from"
    assert (inside[0] == inside[1]).all()


def test_half_an_hour_holds_one_of_each_and_a_minute_none() -> None:
    assert [splice.kind for splice in plan_splices(1805.0)] == list(EXPECTED)
    assert plan_splices(60.0) == []
