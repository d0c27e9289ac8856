"""The newest signal of a session: which chunks contradict it, and which are in its gaps."""

import msgspec
import numpy as np
import pytest

from processors.monitor.received_signal import COMPARED_S, REMEMBERED_GAPS, ReceivedSignal, differ, end_of
from tests.support.samples import make_chunk
from wardbeat.contracts.messages import INVALID_SAMPLE, EcgChunk

FS = 250
NS_PER_SAMPLE = 1_000_000_000 // FS


def chunk_of(values: list[int], first: int = 0) -> EcgChunk:
    """A chunk with these samples in both leads."""
    samples = np.array([values, values], "<i2")
    return msgspec.structs.replace(
        make_chunk(), fs=float(FS), first_sample=first, acquired_ns=first * NS_PER_SAMPLE, samples=samples.tobytes()
    )


def ramp(first: int, n: int) -> EcgChunk:
    return chunk_of([sample % 1000 for sample in range(first, first + n)], first)


def test_the_end_of_a_chunk_is_the_sample_after_its_last() -> None:
    assert end_of(ramp(100, 50)) == 150


def test_chunks_differ_only_in_samples_that_both_have() -> None:
    assert not differ(ramp(0, 100), ramp(50, 100))
    assert not differ(ramp(0, 100), chunk_of([7] * 50, first=100)), "they have no sample in common"
    assert differ(ramp(0, 100), chunk_of([7] * 50, first=99))


def test_an_invalid_sample_equals_every_value() -> None:
    invalid = chunk_of([0, INVALID_SAMPLE, 2])
    assert not differ(chunk_of([0, 1, 2]), invalid)
    assert not differ(invalid, chunk_of([0, 1, 2]))
    assert differ(chunk_of([0, 1, 3]), invalid)


@pytest.mark.parametrize("change", [{"fs": 500.0}, {"sig_name": ("II", "V1")}, {"gain": (100.0, 100.0)}])
def test_samples_in_another_format_differ(change: dict[str, object]) -> None:
    assert differ(ramp(0, 100), msgspec.structs.replace(ramp(0, 100), **change))


def test_a_repeat_does_not_contradict_and_other_values_do() -> None:
    received = ReceivedSignal()
    assert not received.contradicts(ramp(0, 100)), "nothing was received yet"
    for first in range(0, 1000, 100):
        received.add(ramp(first, 100), gap=0)
    assert not received.contradicts(ramp(350, 100))
    assert received.contradicts(chunk_of([7] * 100, first=350))


def test_the_acquisition_time_decides_for_signal_that_is_not_kept() -> None:
    received = ReceivedSignal()
    for first in range(0, 60 * FS, FS):
        received.add(ramp(first, FS), gap=0)
    assert not received.contradicts(ramp(0, FS))
    assert received.contradicts(msgspec.structs.replace(ramp(0, FS), acquired_ns=60 * FS * NS_PER_SAMPLE))


@pytest.mark.parametrize("start", [0, 2**62 - 257])
def test_the_newest_seconds_are_kept_and_no_more(start: int) -> None:
    """At the largest sample numbers as well, where a float cannot count single samples."""
    received = ReceivedSignal()
    for first in range(start, start + 20 * FS, FS):
        received.add(ramp(first, FS), gap=0)
        assert received.recent[-1].first_sample == first
    assert len(received.recent) == COMPARED_S + 1
    received.add(ramp(start + 20 * FS, 1), gap=0)
    assert received.recent[-1].n_samples == 1


def test_a_chunk_in_a_gap_has_missing_samples() -> None:
    received = ReceivedSignal()
    received.add(ramp(0, 100), gap=0)
    received.add(ramp(200, 100), gap=100)
    assert received.gaps == [(100, 200)]
    assert received.misses(ramp(150, 100))
    assert not received.misses(ramp(0, 100))
    assert not received.misses(ramp(200, 100))


def test_the_last_gaps_are_kept_and_no_more() -> None:
    received = ReceivedSignal()
    for number in range(1, 100):
        received.add(ramp(number * 200, 100), gap=100)
    assert len(received.gaps) == REMEMBERED_GAPS
    assert received.gaps[-1] == (99 * 200 - 100, 99 * 200)
