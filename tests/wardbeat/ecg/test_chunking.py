"""ECG of any source, cut into chunks: complete, in order, valid, and restartable at each chunk."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.records_on_disk import counting, write_record
from wardbeat.contracts.codec import MAX_LEFT_OUT, check_chunk
from wardbeat.contracts.messages import INVALID_SAMPLE, EcgChunk
from wardbeat.ecg.chunking import MAX_SAMPLE, EcgSource, quantise, record_chunks, samples_a_chunk, shortened
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.synthetic import synthetic_record
from wardbeat.errors import RecordError


def chunks_of(
    record: EcgSource, chunk_s: float, stream_id: str = "bed", start_sample: int = 0, first_sequence: int = 0
) -> list[EcgChunk]:
    return list(
        record_chunks(
            record,
            stream_id=stream_id,
            session_id="s",
            origin="replay",
            chunk_s=chunk_s,
            start_sample=start_sample,
            first_sequence=first_sequence,
        )
    )


@settings(max_examples=25, deadline=None)
@given(
    duration_s=st.floats(0.5, 90.0),
    fs=st.sampled_from([128.0, 250.0, 257.5]),
    chunk_s=st.floats(0.1, 1.0),
    stream_id=st.text("abc", min_size=1, max_size=4),
    start=st.floats(0.0, 0.9),
)
def test_the_chunks_of_a_session_join_to_its_samples(
    duration_s: float, fs: float, chunk_s: float, stream_id: str, start: float
) -> None:
    record = synthetic_record("sinus", duration_s, fs=fs)
    start_sample = int(start * record.n_samples)
    chunks = chunks_of(record, chunk_s, stream_id, start_sample)
    samples = np.concatenate([chunk.d_signal() for chunk in chunks], axis=1)
    np.testing.assert_array_equal(samples, record.read(start_sample, record.n_samples))
    assert [chunk.sequence for chunk in chunks] == list(range(len(chunks)))
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[0].first_sample == 0
    for chunk, after in pairwise(chunks):
        assert chunk.n_samples == samples_a_chunk(fs, chunk_s)
        assert after.first_sample == chunk.first_sample + chunk.n_samples
    for chunk in chunks:
        check_chunk(chunk)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.1, 1.0), st.integers(0, 400))
def test_a_session_that_begins_at_a_later_chunk_has_the_same_chunks_from_there(chunk_s: float, first: int) -> None:
    record = synthetic_record("sinus", 40.0)
    assert chunks_of(record, chunk_s, first_sequence=first) == chunks_of(record, chunk_s)[first:]


def test_a_session_counts_its_samples_from_its_own_start(tmp_path: Path) -> None:
    record = open_record(write_record(tmp_path, counting(1, 1000)))
    chunks = list(
        record_chunks(record, stream_id="rec", session_id="s", origin="live", start_sample=300, start_ns=10**18)
    )
    assert [chunk.first_sample for chunk in chunks][:3] == [0, 125, 250]
    assert chunks[2].acquired_ns == 10**18 + 10**9
    assert chunks[0].d_signal()[0, 0] == -700


@pytest.mark.parametrize(("start", "chunk_s"), [(1000, 0.5), (-1, 0.5), (0, 0.0), (0, 1.1)])
def test_a_start_or_chunk_length_out_of_range_is_refused(tmp_path: Path, start: int, chunk_s: float) -> None:
    record = open_record(write_record(tmp_path, counting(1, 1000)))
    with pytest.raises(RecordError, match=r"start must be|chunk length"):
        next(record_chunks(record, stream_id="r", session_id="s", origin="live", start_sample=start, chunk_s=chunk_s))


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), min_size=1, max_size=30),
    st.floats(1.0, 1e5),
    st.integers(-30_000, 30_000),
)
def test_quantised_millivolts_are_right_to_half_a_step_or_saturate(
    values_mv: list[float], gain: float, baseline: int
) -> None:
    p_signal = np.array([values_mv])
    adc = quantise(p_signal, [gain], [baseline])[0]
    assert adc.dtype == np.int16
    for value_mv, value in zip(values_mv, adc.tolist(), strict=True):
        exact = value_mv * gain + baseline
        if np.isnan(value_mv):
            assert value == INVALID_SAMPLE
        elif abs(exact) > MAX_SAMPLE:
            assert value == np.sign(exact) * MAX_SAMPLE
        else:
            assert abs(value - exact) <= 0.5 + 1e-6


@pytest.mark.parametrize(("fs", "chunk_s", "samples"), [(250.0, 0.5, 125), (128.0, 0.1, 13), (257.5, 1.0, 258)])
def test_the_samples_of_a_chunk_are_its_length_times_the_rate(fs: float, chunk_s: float, samples: int) -> None:
    assert samples_a_chunk(fs, chunk_s) == samples


@given(st.lists(st.text(max_size=200), max_size=200))
def test_signals_that_are_left_out_fit_into_a_chunk_and_are_all_counted(left_out: list[str]) -> None:
    record = replace(synthetic_record("sinus", 1), left_out=tuple(left_out))
    (chunk, *_) = chunks_of(record, 0.5)
    check_chunk(chunk)
    assert chunk.left_out == shortened(left_out)
    if len(left_out) <= MAX_LEFT_OUT:
        assert len(chunk.left_out) == len(left_out)
    else:
        assert chunk.left_out[-1] == f"and {len(left_out) - MAX_LEFT_OUT + 1} more"
