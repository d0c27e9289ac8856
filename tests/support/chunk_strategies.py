"""Hypothesis strategies for chunks."""

import math
from typing import TypeVar

from hypothesis import strategies as st

from wardbeat.contracts import codec, rules
from wardbeat.contracts.messages import EcgChunk

_T = TypeVar("_T")


@st.composite
def valid_chunks(draw: st.DrawFn) -> EcgChunk:
    """Any chunk that keeps the contract."""
    n_leads = draw(st.integers(1, codec.MAX_LEADS))
    fs = draw(st.floats(rules.FS_RANGE_HZ.low, rules.FS_RANGE_HZ.high))
    n_samples = draw(st.integers(1, min(60, math.ceil(fs))))

    def per_lead(values: st.SearchStrategy[_T]) -> st.SearchStrategy[list[_T]]:
        return st.lists(values, min_size=n_leads, max_size=n_leads)

    return EcgChunk(
        schema_version=1,
        stream_id=draw(st.from_regex(rules.STREAM_ID, fullmatch=True)),
        session_id=draw(st.text(min_size=1, max_size=64)),
        origin=draw(st.sampled_from(["live", "replay", "synthetic"])),
        sequence=draw(st.integers(0, codec.MAX_COUNT)),
        first_sample=draw(st.integers(0, codec.MAX_COUNT)),
        acquired_ns=draw(st.integers(0, codec.MAX_COUNT)),
        fs=fs,
        sig_name=tuple(draw(per_lead(st.text(max_size=20)))),
        gain=tuple(draw(per_lead(st.floats(1e-3, 1e6)))),
        baseline=tuple(draw(per_lead(st.integers(-codec.MAX_BASELINE, codec.MAX_BASELINE)))),
        samples=draw(st.binary(min_size=2 * n_leads * n_samples, max_size=2 * n_leads * n_samples)),
        electrode_off=draw(st.none() | per_lead(st.booleans()).map(tuple)),
        final=draw(st.booleans()),
    )
