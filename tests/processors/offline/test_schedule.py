"""A replay changes settings at the sample from which the ward applied them."""

from itertools import pairwise

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.offline.schedule import cut, scheduled
from tests.support.samples import make_chunk
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.contracts.messages import EcgChunk

CHUNK = 125
"""Samples of a chunk."""


def chunks(count: int, session_id: str = "s1") -> list[EcgChunk]:
    """Chunks in which each sample is its own number; the last one ends the session."""
    made = []
    for sequence in range(count):
        samples = np.arange(sequence * CHUNK, (sequence + 1) * CHUNK, dtype="<i2")
        chunk = make_chunk(sequence=sequence, session_id=session_id)
        made.append(
            msgspec.structs.replace(chunk, samples=np.stack([samples, -samples]).tobytes(), final=sequence == count - 1)
        )
    return made


def applied(sample: int, hr_high_bpm: int, session_id: str = "s1") -> SettingsApplied:
    settings = PatientSettings(limits=PatientLimits(hr_high_bpm=hr_high_bpm))
    return SettingsApplied(1, "bed-1", session_id, sample, 250.0, settings)


@given(st.lists(st.integers(0, 4 * CHUNK - 1), max_size=5, unique=True).map(sorted))
def test_chunks_are_cut_where_settings_change_and_lose_no_sample(changes: list[int]) -> None:
    steps = list(scheduled(chunks(4), [applied(sample, 100 + n) for n, sample in enumerate(changes)]))
    parts = [step for step in steps if isinstance(step, EcgChunk)]
    signal = np.concatenate([part.d_signal() for part in parts], axis=1)
    assert signal[0].tolist() == list(range(4 * CHUNK))
    assert signal[1].tolist() == [-sample for sample in range(4 * CHUNK)]
    assert [part.first_sample for part in parts] == sorted({0, CHUNK, 2 * CHUNK, 3 * CHUNK, *changes})
    assert [part.final for part in parts] == [False] * (len(parts) - 1) + [True]
    before: dict[int, int] = {}
    for step, following in pairwise(steps):
        if isinstance(step, PatientSettings) and isinstance(following, EcgChunk):
            before[following.first_sample] = int(step.limits.hr_high_bpm or 0)
    assert before == {sample: 100 + n for n, sample in enumerate(changes)}


def test_a_change_applies_in_its_own_session_only() -> None:
    both = [*chunks(2), *chunks(2, "s2")]
    steps = list(scheduled(both, [applied(10, 110), applied(CHUNK, 120, "s2")]))
    assert [
        (step.session_id, step.first_sample) if isinstance(step, EcgChunk) else step.limits.hr_high_bpm
        for step in steps
    ] == [("s1", 0), 110, ("s1", 10), ("s1", CHUNK), ("s2", 0), 120, ("s2", CHUNK)]


def test_a_part_of_a_chunk_has_its_own_time() -> None:
    (chunk,) = chunks(1)
    part = cut(chunk, 25, 75)
    assert part.acquired_ns == chunk.acquired_ns + 100_000_000
    assert (part.first_sample, part.n_samples, part.final) == (25, 50, False)
    assert cut(chunk, 0, CHUNK) is chunk
