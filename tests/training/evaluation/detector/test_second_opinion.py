"""openecg's beats as ours; most tests need no openecg."""

from typing import Any

import numpy as np
import pytest

from training.evaluation.detector.second_opinion import (
    CLASS_OF,
    FORMS,
    at_500_hz,
    gate,
    labelled_peaks,
    read_beats_of,
)
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import EvaluationError


def report(*events: tuple[int, str], flags: tuple[str, ...] = ()) -> dict[str, Any]:
    """The part of a report of openecg that we read."""
    return {"flags": list(flags), "beats": {"events": [{"sample": at, "type": kind} for at, kind in events]}}


def test_each_of_its_names_has_an_aami_class_and_none_is_s() -> None:
    peaks = labelled_peaks(report(*((500 * at, name) for at, name in enumerate(CLASS_OF))), 360.0)
    assert peaks.symbols == ["N", "V", "F", "Q", "Q", "Q"]
    assert peaks.samples.tolist() == [360 * at for at in range(6)]
    assert set(CLASS_OF.values()) == set(SYMBOLS) - {"S"}


@pytest.mark.parametrize("fs", [128.0, 250.0, 360.0, 500.0, 1000.0])
def test_samples_are_those_of_the_record(fs: float) -> None:
    assert labelled_peaks(report((1234, "sinus")), fs).samples.tolist() == [round(1234 * fs / 500)]


def test_other_flags_do_not_matter_and_no_beat_is_no_error() -> None:
    peaks = labelled_peaks(report(flags=("too_few_beats", "low_amplitude", "paced_rhythm")), 360.0)
    assert (len(peaks.samples), peaks.symbols) == (0, [])


@pytest.mark.parametrize("flag", ["codec_unavailable", "codec_error:RuntimeError", "beat_events_truncated"])
def test_a_network_that_gave_no_answer_is_an_error(flag: str) -> None:
    with pytest.raises(EvaluationError, match=flag):
        labelled_peaks(report((500, "sinus"), flags=("tachycardia", flag)), 360.0)


def test_a_class_that_we_do_not_know_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="'apc' found"):
        labelled_peaks(report((500, "sinus"), (900, "apc")), 360.0)


def test_its_gate_blanks_beats_outside_qrs() -> None:
    wave = np.array([0, 1, 2, 3, 4, 2], np.uint8)
    beat = np.array([2, 2, 2, 2, 3, 0], np.uint8)
    assert gate(np.stack([wave, beat, wave]))[1].tolist() == [0, 0, 2, 0, 3, 0]


@pytest.mark.parametrize("fs", [128.0, 250.0, 360.0, 500.0])
def test_resampling_keeps_the_time(fs: float) -> None:
    t_s = np.arange(0, 20, 1 / fs)
    resampled = at_500_hz(np.exp(-0.5 * ((t_s - 10) / 0.02) ** 2), fs)
    assert len(resampled) == 20 * 500
    assert np.argmax(resampled) == pytest.approx(5000, abs=1)


@pytest.mark.slow
def test_the_gated_form_is_what_openecg_reports_by_itself() -> None:
    openecg = pytest.importorskip("openecg", reason="needs the extra second-opinion")
    with excerpts_folder() as folder:
        record = open_record(folder / "119")
        signal = read_mv(record, 0, round(40 * record.fs))[0]
    found = read_beats_of(signal, record.fs)
    own = openecg.report(at_500_hz(signal, record.fs), fs=500, max_beat_events=1000).to_dict()
    assert list(found) == list(FORMS)
    gated, ungated = found.values()
    assert gated.symbols == labelled_peaks(own, record.fs).symbols
    assert (gated.samples == ungated.samples).all()
    assert ungated.symbols.count("Q") <= gated.symbols.count("Q")
