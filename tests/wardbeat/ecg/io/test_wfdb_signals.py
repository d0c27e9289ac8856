"""Skew and rates of leads: each lead is read from its own sample 0, at the rate of the fastest."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.records_on_disk import write_raw
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.io.wfdb_signals import WfdbSignals
from wardbeat.errors import RecordError


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    skews=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    per_frame=st.sampled_from([1, 2, 4]),
    fmt=st.sampled_from(["16", "212"]),
    data=st.data(),
)
def test_a_skewed_lead_begins_so_many_samples_later_in_its_file(
    tmp_path: Path, skews: list[int], per_frame: int, fmt: str, data: st.DataObject
) -> None:
    frames, leads = 120, len(skews)
    start = data.draw(st.integers(0, frames * per_frame - 1))
    stop = data.draw(st.integers(start, frames * per_frame))
    values = np.random.default_rng(sum(skews)).integers(-900, 900, (frames, leads, per_frame))
    flat = values.ravel()
    packed = flat.astype("<i2").tobytes()
    if fmt == "212":
        low, high = flat[::2] & 0xFFF, flat[1::2] & 0xFFF
        packed = np.stack([low & 255, low >> 8 | high >> 8 << 4, high & 255], axis=1).astype(np.uint8).tobytes()
    lines = "".join(f"rec.dat {fmt}x{per_frame}:{skew} 200 12 0 0 0 0 ECG{skew}\n" for skew in skews)
    signals = WfdbSignals.open(write_raw(tmp_path, f"rec {leads} 250\n{lines}", packed))

    expected = np.full((leads, frames * per_frame), np.nan)
    for row, skew in enumerate(skews):
        lead = values[:, row].ravel()
        expected[row, : len(lead) - skew] = lead[skew:] / 200
    assert np.array_equal(signals.read_mv(start, stop), expected[:, start:stop], equal_nan=True)


def test_the_slower_of_two_leads_is_repeated_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "b.dat").write_bytes(np.arange(300).astype("<i2").tobytes())
    header = "rec 2 250\nrec.dat 16x2 1/mV 16 0 0 0 0 II\nb.dat 16 1/mV 16 0 0 0 0 V\n"
    signals = WfdbSignals.open(write_raw(tmp_path, header, np.arange(600).astype("<i2").tobytes()))
    assert (signals.fs, signals.samples_per_frame, signals.n_samples) == (500.0, 2, 600)
    assert signals.read_mv(1, 5).tolist() == [[1, 2, 3, 4], [0, 1, 1, 2]]


def test_rates_that_do_not_divide_are_refused(tmp_path: Path) -> None:
    header = "rec 2 100\nrec.dat 16x3 1/mV 16 0 0 0 0 II\nrec.dat 16x2 1/mV 16 0 0 0 0 V\n"
    with pytest.raises(RecordError, match=r"rec\.hea: samples per frame must divide 3, 2 given"):
        WfdbSignals.open(write_raw(tmp_path, header, bytes(1000)))


def test_the_scale_of_the_header_is_kept_where_16_bits_hold_it(tmp_path: Path) -> None:
    header = "rec 2 250\nrec.dat 16 -400(20)/mV 16 0 0 0 0 II\nrec.dat 16 2/uV 16 7 0 0 0 V\n"
    assert WfdbSignals.open(write_raw(tmp_path, header, bytes(1000))).scale() == [(400.0, -20), (2000.0, 7)]


@pytest.mark.parametrize(
    ("case", "name", "fs", "n_samples", "sig_name"),
    [
        ("E1", "len0", 360, 7200, ("MLII", "V5")),
        ("E1", "nolen", 360, 7200, ("MLII", "V5")),
        ("E1", "nofs", 250, 7200, ("MLII", "V5")),
        ("E3", "e2", 600, 36000, ("MLII", "V5")),
        ("E3", "e60", 600, 36000, ("MLII", "V5")),
        ("E3", "gexp2", 360, 7200, ("MLII", "V5")),
        ("E4", "fa", 360, 21600, ("II",)),
        ("E4", "fb", 360, 21600, ("II", "V5")),
    ],
)
def test_fields_that_were_lost_are_read(
    shared_cases: Path, case: str, name: str, fs: float, n_samples: int, sig_name: tuple[str, ...]
) -> None:
    record = open_record(shared_cases / case / name)
    assert (record.fs, record.n_samples, record.sig_name) == (fs, n_samples, sig_name)
    assert 0.5 < np.ptp(read_mv(record, 0, n_samples)[0]) < 10, "millivolts, as any ECG"


def test_a_letter_that_is_not_ascii_opens_its_own_record(shared_cases: Path) -> None:
    one, other = (read_mv(open_record(shared_cases / "G1" / name), 0, 10800) for name in ("患者1", "1"))
    raw = np.fromfile(shared_cases / "G1" / "患者1.dat", "<i2").reshape(-1, 2).T
    assert np.array_equal(one, (raw - 1024) / 200)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("F1/top", r"top\.hea, line 1: 3 segments need as many lines below it, 2 given"),
        ("F3/r", r"r\.hea, line 4: signals in one file must stand next to each other, 'a\.dat' given"),
        ("M2/holter", r"holter\.edf: the EDF header is damaged"),
    ],
)
def test_headers_that_contradict_are_refused(shared_cases: Path, case: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        open_record(shared_cases / case)
