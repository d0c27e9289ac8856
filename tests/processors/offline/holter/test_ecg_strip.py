"""The geometry of strips: what is drawn stands where the signal has it."""

import re
from pathlib import Path

import numpy as np
import pytest

from processors.offline.holter.ecg_strip import (
    LEFT_MM,
    MARKS_MM,
    MAX_ROWS,
    MOST_MM,
    ROW_S,
    SCALE,
    SECONDS_MM,
    DrawnStrip,
    drawn_strip,
)
from processors.offline.holter.events import StripEvent
from tests.support.found_beats import beat
from tests.support.records_on_disk import write_record
from wardbeat.contracts.messages import INVALID_SAMPLE, Beat
from wardbeat.ecg.io.records import open_record

GAIN = 200


def strip_of(
    folder: Path, millivolts: np.ndarray, event: tuple[float, float], *, fs: float = 250, beats: tuple[Beat, ...] = ()
) -> DrawnStrip:
    """The strip of a record with these leads in mV, shape (leads, samples); NaN is invalid."""
    d_signal = np.where(np.isfinite(millivolts), np.nan_to_num(millivolts) * GAIN, INVALID_SAMPLE).astype(np.int64)
    names = ("MLII", "V1")[: len(d_signal)]
    write_record(folder, d_signal, fs=fs, gain=GAIN, sig_name=names)
    return drawn_strip(open_record(folder / "rec"), beats, StripEvent("An event", *event))


def points_of(path: str) -> list[np.ndarray]:
    """The points of each part of a path in mm, shape (points, 2)."""
    parts = []
    for part in path.split("M")[1:]:
        numbers = np.array([float(number) for number in re.findall(r"-?\d+", part)]).reshape(-1, 2)
        parts.append(np.cumsum(numbers, axis=0) / SCALE)
    return parts


def test_a_second_is_25_mm_and_a_millivolt_10_mm(tmp_path: Path) -> None:
    lead = np.zeros(5000)
    lead[2500] = 1.0  # at 10 s
    strip = strip_of(tmp_path, lead[None], (9.5, 10.5))
    assert strip.start_s == pytest.approx(6.5)
    (row,) = strip.rows
    (points,) = points_of(row.traces[0].path)
    peak = points[points[:, 1].argmin()]
    assert peak[0] == pytest.approx(LEFT_MM + 25 * 3.5, abs=0.05)
    assert row.traces[0].middle_mm - peak[1] == pytest.approx(10, abs=0.02)
    assert row.height_mm == MARKS_MM + 11 + 7 + SECONDS_MM
    assert not row.traces[0].is_cut


def test_two_leads_do_not_overlap(tmp_path: Path) -> None:
    waves = np.sin(np.arange(5000) / 20)
    (row,) = strip_of(tmp_path, np.stack([waves, -2 * waves]), (5, 5)).rows
    limb, precordial = (np.concatenate(points_of(trace.path))[:, 1] for trace in row.traces)
    assert limb.max() < precordial.min()
    assert [trace.name for trace in row.traces] == ["MLII", "V1"]
    assert limb.min() >= MARKS_MM
    assert precordial.max() <= row.height_mm - SECONDS_MM


def test_what_is_too_high_is_cut_and_says_so(tmp_path: Path) -> None:
    lead = np.zeros(5000)
    lead[1200:1210] = 6.0
    (row,) = strip_of(tmp_path, lead[None], (4, 5)).rows
    assert row.traces[0].is_cut
    (points,) = points_of(row.traces[0].path)
    assert row.traces[0].middle_mm - points[:, 1].min() == pytest.approx(MOST_MM)


def test_invalid_samples_are_a_gap(tmp_path: Path) -> None:
    lead = np.zeros(5000)
    lead[1000:1100] = np.nan
    (row,) = strip_of(tmp_path, lead[None], (4, 5)).rows
    before, after = points_of(row.traces[0].path)
    assert after[0, 0] - before[-1, 0] == pytest.approx(25 * 101 / 250, abs=0.05)


def test_a_lead_without_any_valid_sample_is_empty(tmp_path: Path) -> None:
    (row,) = strip_of(tmp_path, np.stack([np.zeros(5000), np.full(5000, np.nan)]), (4, 5)).rows
    assert [bool(trace.path) for trace in row.traces] == [True, False]


@pytest.mark.parametrize(("event", "rows"), [((20, 21), 1), ((20, 30), 2), ((20, 38), MAX_ROWS), ((20, 90), MAX_ROWS)])
def test_a_longer_event_has_more_rows_and_a_very_long_one_its_begin(
    tmp_path: Path, event: tuple[float, float], rows: int
) -> None:
    strip = strip_of(tmp_path, np.zeros((1, 250 * 100)), event)
    assert len(strip.rows) == rows
    assert strip.start_s <= event[0] - 1
    if event[1] < 90:
        assert strip.start_s + rows * ROW_S >= event[1] + 1
    else:
        assert strip.start_s == event[0] - 1


@pytest.mark.parametrize("event", [(0.0, 0.1), (19.9, 20.0)])
def test_strips_stay_within_the_record(tmp_path: Path, event: tuple[float, float]) -> None:
    strip = strip_of(tmp_path, np.zeros((1, 5000)), event)
    assert 0 <= strip.start_s <= 20 - ROW_S
    assert len(points_of(strip.rows[0].traces[0].path)[0]) == 7 * 250


def test_a_record_shorter_than_a_strip_is_drawn_whole(tmp_path: Path) -> None:
    strip = strip_of(tmp_path, np.zeros((1, 500)), (1, 1.5))
    assert strip.start_s == 0
    assert len(points_of(strip.rows[0].traces[0].path)[0]) == 500


def test_a_fast_record_is_thinned_and_keeps_its_times(tmp_path: Path) -> None:
    lead = np.zeros(20_000)
    lead[10_000:10_008] = 1.0
    (row,) = strip_of(tmp_path, lead[None], (9.5, 10.5), fs=1000).rows
    (points,) = points_of(row.traces[0].path)
    assert len(points) == 7 * 250
    assert points[points[:, 1].argmin(), 0] == pytest.approx(LEFT_MM + 25 * 3.5, abs=0.05)


def test_classes_and_intervals_stand_over_their_beats(tmp_path: Path) -> None:
    beats = (beat(7.0, "N", 1.2), beat(10.0, "V", 0.8), beat(11.0, "N", None), beat(30, "N", 0.8))
    (row,) = strip_of(tmp_path, np.zeros((1, 10_000)), (9.5, 10.5), beats=beats).rows
    assert [(label.text, label.x_mm) for label in row.beats] == [
        ("N", LEFT_MM + 12.5),
        ("V", LEFT_MM + 87.5),
        ("N", LEFT_MM + 112.5),
    ]
    assert [(label.text, label.x_mm) for label in row.intervals] == [("800", LEFT_MM + 77.5)], (
        "900 would be in the margin"
    )
    assert row.seconds[0].text == "0:00:06.5"
