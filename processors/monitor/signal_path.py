"""One session's signal: native samples in, events out, in the order of sample time.

Events are beats, windows and seconds that are ready for their networks, and QRS complexes that are overdue. The signal
path decides everything on a grid of 0.2 s of sample time, so the borders of the chunks do not matter. It runs the QRS
network, and no other; no answer of the others comes back into it. Lengths and positions count 250 Hz samples.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.inputs import ASKED_EVERY_S, NETWORK_FS_HZ, WINDOW_S
from processors.monitor.heart_rate import NO_RATE_AFTER, HeartRate
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg import resample
from wardbeat.ecg.features import beats, quality, ventricular, windows
from wardbeat.ecg.features.beat_intervals import NO_NEXT_RR_S
from wardbeat.ecg.features.beat_state import NEXT_32, NEXT_DOMINANT, NEXT_LONG, RR_NEXT, BeatState, new_beat_state
from wardbeat.ecg.features.readability import HIDDEN_LOG_ODDS, is_readable, unreadable_log_odds
from wardbeat.ecg.features.waves import WaveShape, wave_shape
from wardbeat.ecg.filters import DISPLAY_DELAY
from wardbeat.ecg.leads import choose_leads
from wardbeat.ecg.mains.hum import MainsState, new_mains, remove_hum
from wardbeat.ecg.qrs import capture, detector
from wardbeat.ecg.qrs.block import Block, Peak
from wardbeat.ecg.qrs.capture import Pacing
from wardbeat.ecg.qrs.detector import LEARNING_SAMPLES
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.ecg.qrs.recurring import RecurringPeaks
from wardbeat.ecg.qrs.state import RING_SAMPLES, QrsState, new_qrs_state
from wardbeat.ecg.units import ring_microvolts

STRETCH = 5 * detector.BLOCK_SAMPLES
"""The samples that are filtered before their events are made: the ring must still hold what the events look back on."""
LOOK_AHEAD = 375
"""1.5 s: a beat waits at most this long for the next beat."""
WINDOW = WINDOW_S * DISPLAY_FS_HZ
WINDOW_SETTLES = 150
"""0.6 s after the end of a window the detector has reported its last beat."""
SHORTEST_RR = 40
OVERDUE_AFTER = 2 * DISPLAY_FS_HZ
UNREPORTED = 115
"""0.46 s: the detector reports half of all beats by then, so newer signal may hold a beat."""
POSSIBLE_QRS_MV = 0.2
"""A QRS complex is larger than this in the lead that shows it best. By EC13 a wave of 0.15 mV must not count as one."""
ATRIAL_EVERY = ASKED_EVERY_S["atrial"] * DISPLAY_FS_HZ
BREAKS = 8
SETTLES = 75
"""0.3 s in which the filters follow the step at the end of a break."""
STRIP_EVERY = DISPLAY_FS_HZ // NETWORK_FS_HZ
FLUSH_SAMPLES = 200


class BeatReady(msgspec.Struct, tag="beat", frozen=True):
    """A beat with the inputs of the beat network. ``r`` and ``k`` count 250 Hz samples."""

    k: int
    r: int
    rr: int | None
    waveform: NDArray[np.float32]
    context: NDArray[np.float32]
    unreadable_log_odds: float = -HIDDEN_LOG_ODDS
    """As in :mod:`wardbeat.ecg.features.readability`."""
    paced: bool = False
    """Whether the patient's known pacemaker made it."""


class WindowReady(msgspec.Struct, tag="window", frozen=True):
    """Five seconds of signal. The events of their beats come before this one."""

    k: int
    start: int
    end: int
    view: windows.WindowView
    valid_fraction: float


class AtrialReady(msgspec.Struct, tag="atrial", frozen=True):
    """The atrial network is due. The session knows the beats that it needs."""

    k: int


class SecondPassed(msgspec.Struct, tag="second", frozen=True):
    """The end of a second: the newest R peak, the heart rate, the quality of the leads, the strip (int16 µV)."""

    k: int
    last_r: int
    hr_bpm: float | None
    lead_quality: tuple[float, ...]
    leads_usable_since: int
    acquired_ns: int
    strip: NDArray[np.int16]
    qrs_uncertainty: float
    beat_similarity: float
    activity_mv: float
    """As in :class:`wardbeat.ecg.features.quality.Quality`; the largest of the leads that are not flat."""
    high_frequency_noise: bool
    """Whether all leads that are not flat have high-frequency noise."""
    flat: bool
    """Whether no lead changes."""
    signal_features: NDArray[np.float32]
    """:data:`wardbeat.ecg.features.ventricular.SIGNAL_FEATURES`."""
    waves: WaveShape = WaveShape()


class QrsOverdue(msgspec.Struct, tag="silence", frozen=True):
    """No QRS complex for ``OVERDUE_AFTER`` or longer: the rules decide on a standstill before the next second."""

    k: int
    possible_qrs: bool
    """Whether the newest signal has a deflection that may be a complex which the detector has not reported yet."""


SignalEvent = BeatReady | WindowReady | AtrialReady | SecondPassed | QrsOverdue


class _Newest(NamedTuple):
    """The newest native sample: its index, its acquisition time, and the sampling rate."""

    sample: int
    acquired_ns: int
    fs: float


class _MeasuredBeat(msgspec.Struct, frozen=True):
    r: int
    rr: int | None
    waveform: NDArray[np.float32]


class SignalPath(msgspec.Struct):
    """State of one session's signal path."""

    leads: NDArray[np.int64]
    """The limb and the precordial lead, −1 for none."""
    shown: NDArray[np.int64]
    """The leads among them that exist: evidence shows these."""
    mains: MainsState
    resampler: resample.Resampler
    qrs: QrsState
    beats: BeatState
    k: int = 0
    detected: list[int] = []
    measured: _MeasuredBeat | None = None
    """The beat that waits for the next one."""
    window_ends: list[int] = []
    """Ends of the windows that wait for their beats."""
    rate: HeartRate = msgspec.field(default_factory=HeartRate)
    recurring: RecurringPeaks = msgspec.field(default_factory=RecurringPeaks)
    last_r: int = LEARNING_SAMPLES
    usable_since: int = 0
    breaks: list[int] = []
    """Ends of the last stretches in which no lead was usable. No RR interval crosses one."""
    pacing: Pacing = msgspec.field(default_factory=Pacing)
    end: int = -1
    """The sample at which the signal ended; −1 while it goes on."""


def new_signal_path(fs: float, sig_name: tuple[str, ...]) -> SignalPath:
    """A signal path at the start of a session."""
    n_leads, leads = len(sig_name), choose_leads(sig_name)
    return SignalPath(
        leads=np.array(leads, dtype=np.int64),
        shown=np.array([lead for lead in leads if lead >= 0], dtype=np.int64),
        mains=new_mains(fs, n_leads),
        resampler=resample.new_resampler(fs, n_leads),
        qrs=new_qrs_state(n_leads, leads),
        beats=new_beat_state(),
    )


def take_samples(
    path: SignalPath, network: QrsNetwork, p_signal: NDArray[np.float64], acquired_ns: int, fs: float
) -> list[SignalEvent]:
    """Take in native samples and return the events that follow.

    Parameters
    ----------
    path : SignalPath
        State of the session's signal path; it changes.
    network : QrsNetwork
    p_signal : array of float64
        Millivolts, shape (leads, n), NaN for invalid samples.
    acquired_ns : int
        Acquisition time of the last sample, Unix ns.
    fs : float
        Native sampling rate, Hz.
    """
    signal, valid = resample.resample(path.resampler, remove_hum(path.mains, p_signal))
    newest = _Newest(int(path.resampler.position[0]) - 1, acquired_ns, fs)
    events: list[SignalEvent] = []
    for begin in range(0, signal.shape[1], STRETCH):
        stretch = slice(begin, begin + STRETCH)
        millivolts, was_valid = np.ascontiguousarray(signal[:, stretch]), np.ascontiguousarray(valid[:, stretch])
        capture.find_pulses(path.pacing, millivolts, int(path.qrs.scalars["k"][0]))
        for block in detector.detect(path.qrs, network, millivolts, was_valid):
            events += _take_block(path, block, newest)
    return events


def flush(path: SignalPath, network: QrsNetwork, acquired_ns: int, fs: float) -> list[SignalEvent]:
    """End the session and return its last events: the beats and windows that waited for more signal.

    ``acquired_ns`` is the time of the last sample. After that the path takes no more samples. A second flush returns no
    event.
    """
    if path.end >= 0:
        return []
    path.end = resample.length_so_far(path.resampler)
    padding = int(FLUSH_SAMPLES * fs / DISPLAY_FS_HZ) + resample.lookahead_samples(path.resampler)
    missing = np.full((len(path.qrs.signal), padding), np.nan)
    events = take_samples(path, network, missing, acquired_ns + int(padding / fs * 1e9), fs)
    events += _release_measured(path, path.k)
    events.append(AtrialReady(path.end))
    events += [_cut_window(path, end) for end in path.window_ends]  # no beat is left to wait for
    return [
        msgspec.structs.replace(event, k=min(event.k, path.end)) for event in events if _sample_of(event) <= path.end
    ]


def _sample_of(event: SignalEvent) -> int:
    match event:
        case BeatReady():
            return event.r
        case WindowReady():
            return event.end
        case AtrialReady() | SecondPassed() | QrsOverdue():
            return event.k


def filtered(path: SignalPath, start: int, end: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Filtered signal in mV and its validity from ``start`` to ``end``, shape (leads, n).

    The arrays may be views of the ring, so use them immediately.
    """
    signal, valid = path.qrs.signal, path.qrs.valid
    at, n = start % RING_SAMPLES, end - start
    if at + n > RING_SAMPLES:
        wrapped = np.arange(start, end) % RING_SAMPLES
        return signal[:, wrapped], valid[:, wrapped]
    return signal[:, at : at + n], valid[:, at : at + n]


def _take_block(path: SignalPath, block: Block, newest: _Newest) -> list[SignalEvent]:
    path.k = k = path.k + detector.BLOCK_SAMPLES
    if all(block.missing):
        _note_break(path)
    for peak in block.peaks:
        _take_peak(path, peak)
    events: list[SignalEvent] = []
    while path.detected and path.detected[0] + beats.SAMPLES_AFTER_R + DISPLAY_DELAY <= k:
        events += _measure_beat(path, path.detected.pop(0), 1.0 - min(block.noise))
    if path.measured and k >= path.measured.r + LOOK_AHEAD:
        events += _release_measured(path, k)
    if k % WINDOW == 0:
        path.window_ends.append(k)
    while path.window_ends and _window_is_due(path, path.window_ends[0]):
        events.append(_cut_window(path, path.window_ends.pop(0)))
    if k % ATRIAL_EVERY == 0:
        events.append(AtrialReady(k))
    if k % DISPLAY_FS_HZ == 0:
        events.append(_second(path, block, newest))
    if k - max(path.last_r, path.usable_since) >= OVERDUE_AFTER:
        events.append(QrsOverdue(k, _has_possible_qrs(path)))
    return events


def _take_peak(path: SignalPath, peak: Peak) -> None:
    if path.rate.peaks and peak.r - path.last_r < SHORTEST_RR:
        return
    peak = peak if peak.blocked else path.recurring.judge(peak)
    if capture.is_pulse_alone(path.pacing, peak.r, path.k):
        return
    path.rate.add(peak)
    if peak.is_beat:
        path.detected.append(peak.r)
        path.last_r = peak.r


def _has_possible_qrs(path: SignalPath) -> bool:
    signal, _ = filtered(path, path.k - UNREPORTED, path.k)
    return float(np.ptp(signal, axis=1).max()) >= POSSIBLE_QRS_MV


def _note_break(path: SignalPath) -> None:
    """Note that no lead is usable: the interval between the beats before and after is no RR interval."""
    earlier = path.breaks[:-1] if path.usable_since == path.k - detector.BLOCK_SAMPLES + 1 else path.breaks
    path.breaks = [*earlier, path.k][-BREAKS:]
    path.usable_since = path.k + 1  # later than k: no lead is usable
    path.rate.add_break()


def _measure_beat(path: SignalPath, r: int, quality: float) -> list[SignalEvent]:
    """Measure a detected beat when the signal after it has come. The beat before needed it and is ready now."""
    previous = path.measured
    if path.breaks and _is_behind_break(path, r):
        path.beats.forget_last_r()
    last_r = path.beats.last_r
    waveform = beats.measure(path.beats, path.qrs.signal, path.leads, r, quality)
    path.measured = _MeasuredBeat(r, r - last_r if last_r >= 0 else None, waveform)
    if previous is None:
        return []
    return [_beat_ready(path, previous, path.beats.rows.copy(), path.k, has_next=True)]


def _beat_ready(
    path: SignalPath, beat: _MeasuredBeat, context: NDArray[np.float32], k: int, *, has_next: bool
) -> BeatReady:
    if any(at - detector.BLOCK_SAMPLES < beat.r <= at + SETTLES for at in path.breaks):
        log_odds = HIDDEN_LOG_ODDS
    else:
        log_odds = unreadable_log_odds(
            path.qrs.network_p, path.beats, path.qrs.signal, path.leads, beat.r, has_next=has_next
        )
    if not is_readable(log_odds):
        path.rate.take_out(beat.r)
    paced = capture.is_paced(path.pacing, beat.r, beat.rr, context[-2])
    return BeatReady(k, beat.r, beat.rr, beat.waveform, context, round(log_odds, 3), paced)


def _is_behind_break(path: SignalPath, r: int) -> bool:
    """Whether signal is missing between the beat before and this one, which may lie on the last samples of a gap."""
    missing = not path.qrs.valid[:, r % RING_SAMPLES].any()
    return any(path.beats.last_r < at < r + (detector.BLOCK_SAMPLES if missing else 0) for at in path.breaks)


def _release_measured(path: SignalPath, k: int) -> list[SignalEvent]:
    """The beat that waits for a next beat, as ready without one."""
    if path.measured is None:
        return []
    context = np.zeros_like(path.beats.rows)
    context[:-1] = path.beats.rows[1:]
    context[-2, [NEXT_32, NEXT_DOMINANT, NEXT_LONG]] = 1.0
    context[-2, RR_NEXT] = NO_NEXT_RR_S
    measured, path.measured = path.measured, None
    return [_beat_ready(path, measured, context, k, has_next=False)]


def _cut_window(path: SignalPath, end: int) -> WindowReady:
    start = end - WINDOW
    last_r = path.beats.last_r
    seen = path.detected[0] if path.detected else path.k
    if any(last_r < at <= seen for at in path.breaks):
        seen = last_r
    view = windows.cut_window(path.beats, path.qrs.signal, path.leads, start, end, seen)
    _, valid = filtered(path, start, end)
    return WindowReady(path.k, start, end, view, float(valid.any(axis=0).mean()))


def _window_is_due(path: SignalPath, end: int) -> bool:
    waiting = path.detected[0] if path.detected else end
    if path.measured:
        waiting = min(waiting, path.measured.r)
    return path.k >= end + WINDOW_SETTLES and waiting >= end


def _second(path: SignalPath, block: Block, newest: _Newest) -> SecondPassed:
    signal_quality = quality.assess(path.qrs.network_p, path.beats, path.qrs.signal, path.qrs.valid, path.k)
    moving = [lead for lead, flat in enumerate(block.flat) if not flat]
    behind = newest.sample - resample.to_native(path.resampler, path.k)
    pulse_alone = capture.is_pulse_alone(path.pacing, block.unconfirmed_r, path.k)
    activity_mv = capture.activity_mv(path.pacing, path.qrs.signal, path.k) or signal_quality.activity_mv
    beating = path.usable_since <= path.k <= path.last_r + NO_RATE_AFTER
    return SecondPassed(
        k=path.k,
        last_r=path.last_r,
        hr_bpm=path.rate.bpm(path.k, -1 if pulse_alone else block.unconfirmed_r) if beating else None,
        lead_quality=_lead_quality(block, signal_quality),
        leads_usable_since=path.usable_since,
        acquired_ns=newest.acquired_ns - int(behind / newest.fs * 1e9),
        strip=ring_microvolts(path.qrs.signal, path.shown, path.k - DISPLAY_FS_HZ, path.k, STRIP_EVERY),
        qrs_uncertainty=signal_quality.qrs_uncertainty,
        beat_similarity=signal_quality.beat_similarity,
        activity_mv=max((activity_mv[lead] for lead in moving), default=0.0),
        high_frequency_noise=bool(moving) and all(signal_quality.high_frequency_noise[lead] for lead in moving),
        flat=not moving,
        signal_features=ventricular.signal_features(path.qrs.signal, path.qrs.valid, path.leads, path.k),
        waves=wave_shape(path.qrs.signal, path.qrs.valid, path.leads, path.k),
    )


def _lead_quality(block: Block, found: quality.Quality) -> tuple[float, ...]:
    """By lead: 1 − noise, times the valid proportion of the last second; 0 if it is off or has high-frequency noise."""
    leads = zip(block.off, found.high_frequency_noise, block.noise, found.valid, strict=True)
    return tuple([0.0 if off or noisy else round((1.0 - noise) * valid, 3) for off, noisy, noise, valid in leads])
