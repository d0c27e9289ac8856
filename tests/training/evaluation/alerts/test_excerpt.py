"""A part of a source as a stream of its own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.alerts.excerpt import excerpt
from wardbeat.ecg.waveforms import waveform_record

SOURCE = waveform_record("step_80_40")


@given(st.integers(0, 110), st.integers(1, 200), st.integers(0, 500), st.integers(0, 500))
def test_it_reads_what_the_source_has_there(start_s: int, length_s: int, begin: int, length: int) -> None:
    part = excerpt(SOURCE, "part", start_s, start_s + length_s)
    assert part.name == "part"
    assert part.n_samples == min(SOURCE.n_samples - start_s * 250, length_s * 250)
    stop = min(begin + length, part.n_samples)
    begin = min(begin, stop)
    assert np.array_equal(part.read(begin, stop), SOURCE.read(start_s * 250 + begin, start_s * 250 + stop))


def test_without_an_end_it_goes_to_the_end() -> None:
    assert excerpt(SOURCE, "part", 20.0, None).n_samples == 100 * 250
