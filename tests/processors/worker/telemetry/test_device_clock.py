"""A device's clock is measured against its own samples."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.worker.telemetry.device_clock import MEASURED_AFTER_S, DeviceClock
from tests.support.samples import make_chunk
from wardbeat.contracts.messages import EcgChunk

S = 1_000_000_000
HALF_S = S // 2


def chunk_at(sequence: int, acquired_ns: float) -> EcgChunk:
    return msgspec.structs.replace(make_chunk(sequence=sequence), acquired_ns=round(acquired_ns))


def clock_after(n_chunks: int, acquired_ns: Callable[[int], float]) -> tuple[DeviceClock, int]:
    """A clock after ``n_chunks`` chunks, and how often it was set."""
    first = chunk_at(0, acquired_ns(0))
    clock = DeviceClock(first, first)
    return clock, sum(clock.add_chunk(chunk_at(n, acquired_ns(n))) for n in range(1, n_chunks))


@given(ppm=st.floats(-500, 500), jitter_ms=st.floats(0, 5))
def test_drift_is_measured_within_the_jitter(ppm: float, jitter_ms: float) -> None:
    clock, steps = clock_after(241, lambda n: 10 * S + n * HALF_S * (1 + ppm / 1e6) + (n % 2) * jitter_ms * 1e6)
    assert steps == 0
    assert clock.drift_ppm == pytest.approx(ppm, abs=1 + jitter_ms * 1e3 / 120)


def test_there_is_no_drift_before_a_minute() -> None:
    n_chunks = int(2 * MEASURED_AFTER_S)
    assert clock_after(n_chunks, lambda n: n * HALF_S)[0].drift_ppm is None
    assert clock_after(n_chunks + 1, lambda n: n * HALF_S)[0].drift_ppm == 0


@pytest.mark.parametrize("set_by_s", [-7200, -2, 2, 7200])
def test_a_clock_that_is_set_is_a_step_and_no_drift(set_by_s: int) -> None:
    clock, steps = clock_after(400, lambda n: 10_000 * S + n * HALF_S + (n >= 200) * set_by_s * S)
    assert (steps, clock.drift_ppm, clock.real_time) == (1, 0, True)


@pytest.mark.parametrize("speed", [0.1, 5.0, 1000.0])
def test_a_replay_at_another_speed_has_no_step_and_no_drift(speed: float) -> None:
    clock, steps = clock_after(400, lambda n: n * HALF_S / speed)
    assert (steps, clock.drift_ppm, clock.real_time) == (0, None, False)
