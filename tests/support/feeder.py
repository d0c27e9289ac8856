"""Plays the role of a worker at a real Redis: writes statuses, live strips, beats and alerts of synthetic patients.

To see the screens by hand: ``python -m tests.support.feeder --redis-url redis://127.0.0.1:6379/0 --beds 8``.
"""

import argparse
import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

import msgspec
import numpy as np
from redis.exceptions import RedisError

from tests.support.limits import WAIT_S
from tests.support.samples import make_window
from wardbeat.contracts import alert_codes
from wardbeat.contracts.messages import (
    SCHEMA_VERSION,
    Alert,
    Beat,
    Evidence,
    Status,
    Strip,
    Verdict,
    Window,
)
from wardbeat.ecg.synthetic import RHYTHMS, SIG_NAME, Rhythm, SyntheticRecord, synthetic_record
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore, WorkerHealth
from wardbeat.store.redis_client import connect

FS_HZ = 250
CHUNK = 125
LOOP_S = 60
WINDOW_TICKS = 10
CONDITIONS: dict[Rhythm, str] = {
    "vt": "ventricular_tachycardia", "bigeminy": "bigeminy", "vf": "ventricular_fibrillation",
    "af": "atrial_fibrillation", "asystole": "asystole", "brady": "bradycardia", "tachy": "tachycardia",
    "lead_off": "lead_off", "noise": "noisy_signal",
}  # fmt: skip
"""The condition that holds during a rhythm."""
_T = TypeVar("_T")


class FedBed:
    """One synthetic patient with a minute of ECG, which is repeated."""

    def __init__(self, stream_id: str, rhythm: Rhythm, hr_bpm: float | None, seed: int) -> None:
        self.stream_id = stream_id
        self.session_id = f"{stream_id}-{time.time_ns()}"
        self.rhythm = rhythm
        self.hr_bpm = hr_bpm
        self.sig_name: tuple[str, ...] = SIG_NAME
        self.left_out: tuple[str, ...] = ()
        self.suggested_bpm: tuple[int, int] | None = None
        self.silent = False
        self.late_s = 0.0
        self.start_ns = time.time_ns()
        self.record: SyntheticRecord = synthetic_record(rhythm, LOOP_S, fs=FS_HZ, seed=seed)
        self.ecg = self.record.read(0, self.record.n_samples)

    def strip(self, tick: int) -> Strip:
        columns = (tick * CHUNK + np.arange(CHUNK)) % self.ecg.shape[1]
        samples = self.ecg[:, columns].astype("<i2")
        return Strip(
            stream_id=self.stream_id,
            session_id=self.session_id,
            start_index=tick * CHUNK,
            acquired_ns=self.start_ns + tick * 500_000_000,
            sig_name=self.sig_name,
            samples=samples.tobytes(),
            valid=(samples != -32768).astype(np.uint8).tobytes(),
        )

    def beats(self, tick: int) -> list[Beat]:
        loop, start = divmod(tick * CHUNK, self.ecg.shape[1])
        stop = start + CHUNK
        shift = loop * self.ecg.shape[1]
        return [
            Beat(SCHEMA_VERSION, self.stream_id, self.session_id, b.sample + shift, FS_HZ, b.symbol, (0.2,) * 5, 0.8)
            for b in self.record.beats
            if start <= b.sample < stop
        ]

    def window(self, tick: int) -> Window | None:
        """The newest window at this tick; None before the first one."""
        number = tick // WINDOW_TICKS - 1
        if number < 0:
            return None
        verdict: Verdict = "unreadable" if self.rhythm in {"lead_off", "noise"} else "abnormal"
        return make_window(
            self.stream_id,
            number,
            session_id=self.session_id,
            verdict="normal" if self.rhythm == "sinus" else verdict,
            conditions=(CONDITIONS[self.rhythm],) if self.rhythm in CONDITIONS else (),
            start_ns=self.start_ns,
        )

    def status(self, tick: int) -> Status:
        usable = self.rhythm != "lead_off"
        return Status(
            schema_version=SCHEMA_VERSION,
            stream_id=self.stream_id,
            session_id=self.session_id,
            origin="synthetic",
            sample=tick * CHUNK,
            fs=FS_HZ,
            acquired_ns=time.time_ns() - round(self.late_s * 1e9),
            t_s=tick / 2,
            hr_bpm=self.hr_bpm,
            quality=0.95 if usable else 0.0,
            lead_quality=(0.95, 0.9) if usable else (0.0, 0.0),
            sig_name=self.sig_name,
            state="monitoring" if usable else "no_signal",
            hr_low_bpm=50,
            hr_high_bpm=120,
            lag_s=self.late_s,
            left_out=self.left_out,
            window=self.window(tick),
            suggested_bpm=self.suggested_bpm,
        )

    def alert(self, code: str, onset_s: float) -> Alert:
        kind = alert_codes.CODES[code]
        onset = round(onset_s * FS_HZ)
        seconds = 8
        begin = max(0, onset - 2 * FS_HZ)
        columns = (begin + np.arange(seconds * FS_HZ)) % self.ecg.shape[1]
        beats = [(b.sample / FS_HZ, b.symbol) for b in self.record.beats if 0 <= b.sample - begin < seconds * FS_HZ]
        return Alert(
            schema_version=SCHEMA_VERSION,
            alert_id=alert_codes.alert_id(self.session_id, code, onset),
            stream_id=self.stream_id,
            session_id=self.session_id,
            origin="synthetic",
            kind=kind.kind,
            code=code,
            priority=kind.priority,
            fs=FS_HZ,
            onset_sample=onset,
            raised_sample=onset + 2 * FS_HZ,
            raised_acquired_ns=time.time_ns(),
            evidence=Evidence(
                rule="5 or more ventricular beats in a row, faster than 100/min",
                value=132.0,
                threshold=100.0,
                unit="/min",
                beats=tuple(beats),
                p_abnormal=0.97,
                reconstruction_error=3.4,
                strip_start_s=begin / FS_HZ,
                strip_end_s=begin / FS_HZ + seconds,
                strip_fs_hz=FS_HZ,
                strip_sig_name=self.sig_name,
                strip=self.ecg[:, columns].astype("<i2").tobytes(),
            ),
        )


class Feeder:
    """Feeds beds from its own thread until the context ends. While ``working`` is False it writes nothing."""

    def __init__(self, redis_url: str, beds: list[FedBed]) -> None:
        self.beds = {bed.stream_id: bed for bed in beds}
        self.working = True
        self.redis_url = redis_url
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._onset_s = itertools.count(2)

    def __enter__(self) -> Self:
        self._thread.start()
        self._redis = connect(self.redis_url)
        self._live = LiveStore(self._redis)
        self._store = AlertStore(self._redis)
        self._feeding = asyncio.run_coroutine_threadsafe(self._feed(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._feeding.cancel()
        self.run(self._redis.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=WAIT_S)

    def raise_alert(self, stream_id: str, code: str) -> Alert:
        alert = self.beds[stream_id].alert(code, onset_s=next(self._onset_s))
        self.run(self._store.take(alert))
        return alert

    def add_windows(self, windows: list[Window]) -> None:
        """Add windows of earlier minutes."""
        self.run(self._live.write([], [], time.time(), windows=windows))

    def end_alert(self, alert: Alert) -> None:
        self.run(self._store.take(msgspec.structs.replace(alert, ended_sample=alert.raised_sample + 1000)))

    async def _feed(self) -> None:
        start_s = time.monotonic()
        for tick in itertools.count():
            await asyncio.sleep(max(0.0, start_s + (tick + 1) / 2 - time.monotonic()))
            with contextlib.suppress(RedisError, OSError):  # a worker waits for Redis; a feeder continues without it
                await self._write(tick)

    async def _write(self, tick: int) -> None:
        if not self.working:
            return
        now_ns = time.time_ns()
        await self._live.write_health(WorkerHealth("fed", now_ns, 12, len(self.beds), tick, 0, 0))
        fed = [bed for bed in self.beds.values() if not bed.silent]
        watched = await self._live.watched([bed.stream_id for bed in fed])
        live: list[Strip | Beat] = []
        for bed in fed:
            if bed.stream_id in watched:
                live += [bed.strip(tick), *bed.beats(tick - 2)]  # a worker reports a beat a second after its R peak
        await self._live.write(
            statuses=[bed.status(tick) for bed in fed] if tick % 2 == 0 else [],
            live=live,
            now_s=now_ns / 1e9,
            windows=[window for bed in fed if tick % WINDOW_TICKS == 0 and (window := bed.window(tick))],
        )


def make_beds(count: int) -> list[FedBed]:
    """``count`` patients, with each rhythm in turn."""
    rate_bpm: dict[Rhythm, float | None] = {
        "sinus": 72.0, "pvc": 75.0, "bigeminy": 70.0, "vt": 180.0, "vf": None, "af": 105.0, "asystole": 0.0,
        "brady": 44.0, "tachy": 130.0, "noise": 80.0, "lead_off": None,
    }  # fmt: skip
    rhythms = [RHYTHMS[number % len(RHYTHMS)] for number in range(count)]
    return [FedBed(f"bed-{n + 1}", rhythm, rate_bpm[rhythm], seed=n) for n, rhythm in enumerate(rhythms)]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--redis-url", default="redis://127.0.0.1:6379/0")
    options.add_argument("--beds", type=int, default=8)
    given = options.parse_args()
    with Feeder(given.redis_url, make_beds(given.beds)) as feeder:
        for bed in feeder.beds.values():
            if bed.rhythm in CONDITIONS:
                feeder.raise_alert(bed.stream_id, CONDITIONS[bed.rhythm])
        threading.Event().wait()


if __name__ == "__main__":
    main()
