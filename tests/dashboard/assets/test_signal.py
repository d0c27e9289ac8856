"""How evenly the browser plays ECG, by simulated clocks: the module takes the time as an argument."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.scripts import scripts_page

pytestmark = pytest.mark.slow  # a browser

# Plays chunks of half a second, each at its own arrival time, at 60 frames a second. Returns figures of the motion.
SIMULATION = """
async (arrivalsMs) => {
  const { Signal, FS_HZ } = await import("/signal.js");
  const signal = new Signal();
  const seen = { starved: 0, jumps: 0, backwards: 0, fastest: 0, slowest: Infinity, leastLagS: Infinity, mostLagS: 0 };
  const settledMs = 20000;
  let next = 0, playBefore = null, epochBefore = null;
  for (let nowMs = 0; nowMs < arrivalsMs.at(-1); nowMs += 1000 / 60) {
    for (; next < arrivalsMs.length && arrivalsMs[next] <= nowMs; next++) {
      const samples = new Int16Array(125).fill(next);
      signal.add({ session: 1, startIndex: 125 * next, leads: [samples] }, arrivalsMs[next]);
    }
    signal.advance(nowMs);
    if (nowMs > settledMs) {
      const step = ((signal.play - playBefore) / FS_HZ) * 60;
      const lagS = (signal.end - signal.play) / FS_HZ;
      seen.starved += signal.play >= signal.end;
      seen.jumps += signal.epoch !== epochBefore;
      seen.backwards += step < 0;
      seen.fastest = Math.max(seen.fastest, step);
      seen.slowest = Math.min(seen.slowest, step);
      seen.leastLagS = Math.min(seen.leastLagS, lagS);
      seen.mostLagS = Math.max(seen.mostLagS, lagS);
    }
    playBefore = signal.play;
    epochBefore = signal.epoch;
  }
  return seen;
}
"""
CHUNKS = 240


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts_page(browser) as page:
        yield page


def play(page: Page, arrivals_ms: list[float]) -> dict[str, Any]:
    seen = page.evaluate(SIMULATION, arrivals_ms)
    assert isinstance(seen, dict)
    return seen


def late_by(number: int) -> float:
    """A delay of 0 to 199 ms without a pattern, the same in every run."""
    return number * 7919 % 200


def test_jitter_does_not_show(page: Page) -> None:
    seen = play(page, [500 * n + late_by(n) for n in range(CHUNKS)])
    assert (seen["starved"], seen["jumps"], seen["backwards"]) == (0, 0, 0)
    assert 0.9 < seen["slowest"] <= seen["fastest"] < 1.1
    assert 0.1 < seen["leastLagS"] <= seen["mostLagS"] < 2.0


def test_a_source_with_a_fast_clock_is_followed_without_a_jump(page: Page) -> None:
    seen = play(page, [499.9 * n for n in range(CHUNKS)])
    assert (seen["starved"], seen["jumps"]) == (0, 0)


def test_a_replay_at_double_speed_is_swept_at_double_speed(page: Page) -> None:
    seen = play(page, [250.0 * n for n in range(2 * CHUNKS)])
    assert (seen["starved"], seen["jumps"]) == (0, 0)
    assert 1.9 < seen["slowest"] <= seen["fastest"] < 2.1


def test_a_pause_of_two_seconds_is_one_stop(page: Page) -> None:
    pause_at = CHUNKS // 2
    seen = play(page, [500.0 * n + (2000 if n > pause_at else 0) for n in range(CHUNKS)])
    assert seen["backwards"] == 0
    assert 0 < seen["starved"] < 100  # frames
    assert seen["jumps"] <= 1


def test_gaps_sessions_and_repeats(page: Page) -> None:
    found = page.evaluate(
        """
async () => {
  const { Signal, INVALID } = await import("/signal.js");
  const signal = new Signal();
  const strip = (session, startIndex, value) => ({ session, startIndex, leads: [new Int16Array(125).fill(value)] });
  signal.add(strip(1, 0, 10), 0);
  signal.add(strip(1, 250, 30), 500);  // 125 samples are missing
  signal.add(strip(1, 0, 99), 600);    // a repeat
  const gap = [signal.at(0, 124), signal.at(0, 125), signal.at(0, 249), signal.at(0, 250), signal.at(0, 375)];
  signal.addBeat({ session: 1, index: 50, symbol: "V" });
  signal.addBeat({ session: 2, index: 60, symbol: "V" });
  const beats = signal.beats.length;
  signal.add(strip(2, 0, 50), 1000);   // a new session replaces all signal of the old one
  const left = signal.beats.length;
  return { gap: gap.map((v) => (v === INVALID ? null : v)), beats, start: signal.at(0, 0), end: signal.end, left };
}
"""
    )
    assert found == {"gap": [10, None, None, 30, None], "beats": 1, "start": 50, "end": 125, "left": 0}
