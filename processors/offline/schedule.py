"""Chunks with the settings of their patient, cut where settings change: a replay then decides as the ward did."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.messages import EcgChunk


def scheduled(chunks: Iterable[EcgChunk], schedule: Sequence[SettingsApplied]) -> Iterator[EcgChunk | PatientSettings]:
    """The chunks, cut where settings change, and each change before the first chunk that it applies to.

    Parameters
    ----------
    chunks : iterable of EcgChunk
        In the order of their samples, session after session.
    schedule : sequence of SettingsApplied
        Of any sessions, in the order of their samples. A session without an entry keeps the settings before it.
    """
    remaining = list(schedule)
    for chunk in chunks:
        due = [one for one in remaining if one.session_id == chunk.session_id and one.sample < _end(chunk)]
        remaining = [one for one in remaining if one not in due]
        rest = chunk
        for applied in due:
            if applied.sample > rest.first_sample:
                yield cut(rest, rest.first_sample, applied.sample)
                rest = cut(rest, applied.sample, _end(chunk))
            yield applied.settings
        yield rest


def cut(chunk: EcgChunk, begin: int, end: int) -> EcgChunk:
    """The part of a chunk from native sample ``begin`` of the session to ``end``; the last part keeps the end mark."""
    if (begin, end) == (chunk.first_sample, _end(chunk)):
        return chunk
    samples = chunk.d_signal()[:, begin - chunk.first_sample : end - chunk.first_sample]
    return msgspec.structs.replace(
        chunk,
        first_sample=begin,
        acquired_ns=chunk.acquired_ns + round((begin - chunk.first_sample) / chunk.fs * 1e9),
        samples=np.ascontiguousarray(samples).tobytes(),
        final=chunk.final and end == _end(chunk),
    )


def _end(chunk: EcgChunk) -> int:
    return chunk.first_sample + chunk.n_samples
