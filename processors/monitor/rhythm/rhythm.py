"""What rhythm a patient is in, from classified beats, seconds and windows: pure rules over sample time.

Each update says which *conditions* hold; :mod:`processors.monitor.alerting` makes alerts of them. Indices count 250 Hz
samples of the session. The definitions and their default figures are those of the design's table of alerts.
"""

from itertools import pairwise
from statistics import median

import msgspec

from models.inputs import WINDOW_S
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmBeat, RhythmLimits, Second
from processors.monitor.rhythm.ventricular import VentricularRhythm

BEAT_MEMORY = 256
"""A minute of beats at the fastest rate there is."""
CLASSIFIED_AFTER_S = 1.75
"""The class of a beat comes at most this long after its R peak."""
DETECTED_AFTER = 50
"""Samples by which an absence is believed later where something stirs, as a beat is told of 0.45 s after its R peak
(median). With none a pause of 3.8 s in mitdb 201 is asystole."""
WINDOWS_MISSING_S = 10
"""So much of the signal that the windows looked back on should cover may have been no signal."""
LONG_RUNS = ("ventricular_tachycardia", "ventricular_rhythm")
WITHOUT_QRS = ("ventricular_fibrillation", "ventricular_tachycardia")
"""In these no QRS complex may be found although the ventricles do not stand still."""
NOISE_MAKES = (
    "bradycardia", "tachycardia", "extreme_bradycardia", "extreme_tachycardia", "pause", "ventricular_rhythm",
    "ventricular_run", "couplet", "bigeminy", "trigeminy", "pvc_rate", "supraventricular_run", "anomaly",
)  # fmt: skip
"""What does not begin while the signal is noisy: beats that are none, or are taken for others, make all of these."""
RUN_LASTS, RUN_LASTS_OF = 4, 6
"""A long run lasts while most of the newest beats are ventricular: two in a row may be taken for something else."""


class Tail(msgspec.Struct, frozen=True):
    """What the newest beats add up to, counted once a beat: the rules are asked at every event, and look here.

    Lengths are in beats, back to a gap or a pause at the most; rates are 0 where they say nothing.
    """

    ventricular: int = 0
    supraventricular: int = 0
    bigeminy: int = 0
    trigeminy: int = 0
    low_bpm: float = 0.0
    """Mean rate over ``RhythmLimits.low_beats``."""
    high_bpm: float = 0.0
    """Mean rate over ``RhythmLimits.high_beats``."""


class Rhythm(msgspec.Struct):
    """The beats, seconds and windows that the rules look back on."""

    beats: list[RhythmBeat] = []
    tail: Tail = Tail()
    ventricular: list[int] = []
    """R peaks of the ventricular beats of the last minute, since the patient is known."""
    ventricles: VentricularRhythm = msgspec.field(default_factory=VentricularRhythm)
    """What the signal itself says of tachycardia and fibrillation."""
    second: Second | None = None
    noisy_seconds: int = 0
    holding: dict[str, Condition] = {}
    """Conditions with hysteresis that hold, by code."""
    p_abnormal: list[tuple[int, float]] = []
    """(end of window, probability) of the last windows."""
    baseline_p: float = 0.0
    """The median of those probabilities."""
    explained: int = -(10**9)
    """When a rule last explained what is going on."""
    rate_met: dict[str, int] = {}
    """When each rate condition was last met: an irregular slow heart is one episode, not one every other beat."""

    def add_beat(self, beat: RhythmBeat, limits: RhythmLimits) -> None:
        """Take the next beat in."""
        self.beats.append(beat)
        del self.beats[:-BEAT_MEMORY]
        if beat.symbol == "V" and not _learning(beat, limits):
            self.ventricular.append(beat.r)
        anew = _begins_anew(beat, limits)
        periodic = "V" in [recent.symbol for recent in self.beats[-3:]]
        self.tail = Tail(
            ventricular=_longer(self.tail.ventricular, anew) if beat.symbol == "V" else 0,
            supraventricular=_longer(self.tail.supraventricular, anew) if beat.symbol == "S" else 0,
            bigeminy=self._periodic(2, limits) if periodic else 0,
            trigeminy=self._periodic(3, limits) if periodic else 0,
            low_bpm=self._rate_bpm(limits.low_beats, limits),
            high_bpm=self._rate_bpm(limits.high_beats, limits),
        )

    def add_second(self, second: Second, limits: RhythmLimits) -> None:
        """Take the next second in."""
        self.second = second
        off = second.leads_usable_since > second.k
        most_doubt = limits.clear_uncertainty if "noisy_signal" in self.holding else limits.noisy_uncertainty
        unlike = second.beat_similarity < limits.noisy_similarity and second.activity_mv > limits.flat_mv
        doubted = second.qrs_uncertainty >= most_doubt and unlike
        noisy = not off and (doubted or second.high_frequency_noise or second.quality < limits.noisy_quality)
        self.noisy_seconds = (
            min(self.noisy_seconds + 1, limits.noisy_s + 2) if noisy else max(self.noisy_seconds - 2, 0)
        )

    def note_no_qrs(self, k: int, possible_qrs: bool) -> None:
        """Take in that there has been no beat up to ``k`` either, since before the newest second."""
        if self.second:
            self.second = msgspec.structs.replace(self.second, k=k, possible_qrs=possible_qrs)

    def add_window(self, end: int, p_abnormal: float) -> None:
        """Take the next window's probability in."""
        self.p_abnormal.append((end, p_abnormal))
        del self.p_abnormal[:-120]
        self.baseline_p = median(p for _, p in self.p_abnormal)

    def conditions(self, k: int, limits: RhythmLimits) -> dict[str, Condition]:
        """Everything that holds at sample ``k``, by code."""
        found = [
            *self._ventricular(k, limits),
            *self._patterns(k, limits),
            *self._supraventricular(k, limits),
            *self._pvc_rate(k, limits),
            *self._rates(k, limits),
        ]
        found += self._standstill(found, limits)
        found += self._technical(limits)
        if any(condition.code not in ("lead_off", "noisy_signal") for condition in found):
            self.explained = k
        found += self._anomaly(k, limits)
        self.holding = {condition.code: condition for condition in found if not self._noise_made(condition.code)}
        return self.holding

    def _noise_made(self, code: str) -> bool:
        """Whether it may be the noise of this second that makes a condition; what held before goes on."""
        return self.noisy_seconds > 0 and code in NOISE_MAKES and code not in self.holding

    def _onset(self, code: str, onset: int) -> int:
        """The onset that a condition began with, while it holds."""
        return self.holding[code].onset if code in self.holding else onset

    def _beating(self, k: int, limits: RhythmLimits) -> bool:
        """Whether the newest beat says what the rhythm is *now*: none is overdue by more than its class may take."""
        return bool(self.beats) and k - self.beats[-1].r < (limits.asystole_s + CLASSIFIED_AFTER_S) * FS_HZ

    def _ventricular(self, k: int, limits: RhythmLimits) -> list[Condition]:
        episode = self.ventricles.episode
        if episode is None:
            return self._ventricular_runs(k, limits)
        onset = self._onset(episode.code, episode.onset)
        return [Condition(episode.code, onset, episode.rule, episode.value, episode.threshold, episode.unit)]

    def _ventricular_runs(self, k: int, limits: RhythmLimits) -> list[Condition]:
        if not self._beating(k, limits):
            return []
        run, beats = self.tail.ventricular, self.beats
        if run >= limits.vt_beats:
            long_run = self._long_run(run, limits)
            return [] if self._doubted(long_run.code, limits) else [long_run]
        if self.holding:
            held = [self.holding[code] for code in LONG_RUNS if code in self.holding]
            lasting = [condition for condition in held if not self._doubted(condition.code, limits)]
            if lasting and [beat.symbol for beat in beats[-RUN_LASTS_OF:]].count("V") >= RUN_LASTS:
                return lasting
        if run >= 3:
            return [Condition("ventricular_run", self.beats[-run].r, "ventricular beats in a row", run, 3, "beats")]
        paired = run == 0 and len(beats) >= 3 and beats[-2].symbol == beats[-3].symbol == "V"
        if paired and (len(beats) == 3 or beats[-4].symbol != "V") and not _begins_anew(beats[-2], limits):
            return [Condition("couplet", self.beats[-3].r, "ventricular beats in a row", 2, 2, "beats")]
        return []

    def _doubted(self, code: str, limits: RhythmLimits) -> bool:
        """Whether a run, if it is fast, is none by what the signal looks like."""
        return code == "ventricular_tachycardia" and self.ventricles.doubts_runs(limits.ventricular)

    def _long_run(self, run: int, limits: RhythmLimits) -> Condition:
        bpm = _mean_bpm(self.beats[1 - limits.vt_beats :])  # the newest of them: a run may speed up
        fast = bpm > limits.vt_bpm or "ventricular_tachycardia" in self.holding  # once fast, the episode stays one
        code = "ventricular_tachycardia" if fast else "ventricular_rhythm"
        rule = "rate over ventricular beats in a row"
        return Condition(code, self._onset(code, self.beats[-run].r), rule, round(bpm, 1), limits.vt_bpm, "/min")

    def _patterns(self, k: int, limits: RhythmLimits) -> list[Condition]:
        if not (self.tail.bigeminy or self.tail.trigeminy) or not self._beating(k, limits):
            return []
        found = []
        for code, period, length in (("bigeminy", 2, self.tail.bigeminy), ("trigeminy", 3, self.tail.trigeminy)):
            if length >= period * limits.cycles:
                onset = self._onset(code, self.beats[-length].r)
                rule = f"cycles of {period - 1} other and one ventricular beat"
                found.append(Condition(code, onset, rule, length // period, limits.cycles, "cycles"))
        return found

    def _periodic(self, period: int, limits: RhythmLimits) -> int:
        """Length of the tail in which exactly every ``period``-th beat is ventricular.

        It goes back to a gap at the most, or to when the patient was known.
        """
        symbols = [beat.symbol for beat in reversed(self.beats[-period:])]
        if "V" not in symbols:
            return 0
        phase = symbols.index("V")
        length = 0
        for beat in reversed(self.beats):
            if (beat.symbol == "V") != (length % period == phase) or _learning(beat, limits):
                break
            length += 1
            if _begins_anew(beat, limits):
                break
        return length

    def _supraventricular(self, k: int, limits: RhythmLimits) -> list[Condition]:
        run = self.tail.supraventricular
        if run < limits.supraventricular_run_beats or not self._beating(k, limits):
            return []
        fast = _mean_bpm(self.beats[1 - run :]) > limits.supraventricular_run_bpm
        if "supraventricular_run" not in self.holding and not (fast and self._sets_in(run, limits)):
            return []
        first = self._onset("supraventricular_run", self.beats[-run].r)
        rule = "supraventricular beats in a row"
        return [Condition("supraventricular_run", first, rule, run, limits.supraventricular_run_beats, "beats")]

    def _sets_in(self, run: int, limits: RhythmLimits) -> bool:
        """Whether the heart was suddenly faster with the first beat of a run, or the one before it."""
        first = len(self.beats) - run
        intervals = _intervals(self.beats[max(0, first - 2) : first + 1])
        if len(intervals) < 3:
            return True  # nobody knows what was before
        return any(rr <= limits.supraventricular_run_step * before for before, rr in pairwise(intervals))

    def _pvc_rate(self, k: int, limits: RhythmLimits) -> list[Condition]:
        while self.ventricular and self.ventricular[0] <= k - 60 * FS_HZ:
            del self.ventricular[0]
        count = len(self.ventricular)
        if count <= limits.pvc_per_minute - (limits.pvc_hysteresis if "pvc_rate" in self.holding else 0):
            return []
        onset = self._onset("pvc_rate", self.ventricular[0])
        return [Condition("pvc_rate", onset, "ventricular beats in a minute", count, limits.pvc_per_minute, "/min")]

    def _rates(self, k: int, limits: RhythmLimits) -> list[Condition]:
        low_bpm, high_bpm = self.tail.low_bpm, self.tail.high_bpm
        slow = low_bpm and low_bpm < max(limits.hr_low_bpm, limits.extreme_low_bpm)
        fast = high_bpm > min(limits.hr_high_bpm, limits.extreme_high_bpm)
        if not (slow or fast or self.holding):
            return []
        if not self._beating(k, limits):
            low_bpm = high_bpm = 0.0
        rows = (
            ("extreme_bradycardia", limits.low_beats, low_bpm, limits.extreme_low_bpm, -1),
            ("bradycardia", limits.low_beats, round(low_bpm), limits.hr_low_bpm, -1),  # as staff see it
            ("extreme_tachycardia", limits.high_beats, high_bpm, limits.extreme_high_bpm, 1),
            ("tachycardia", limits.high_beats, round(high_bpm), limits.hr_high_bpm, 1),
        )
        standstill = self._silence()[1] >= limits.pause_s
        found = []
        for code, n, bpm, limit, side in rows:
            if standstill and side > 0:
                continue  # no heart that stands still is a fast one; a slow one may well
            holds = self.holding.get(code)
            margin = -limits.rate_hysteresis_bpm if holds else 0
            if bpm and side * (bpm - limit) > margin:
                self.rate_met[code] = k
                onset = self._onset(code, self.beats[-n].r)
                found.append(Condition(code, onset, f"mean rate over {n} beats", round(bpm, 1), limit, "/min"))
            elif holds and k - self.rate_met[code] < limits.rate_recovery_s * FS_HZ:
                found.append(holds)
        return found

    def _rate_bpm(self, n: int, limits: RhythmLimits) -> float:
        """Mean rate over the last n beats; 0 when there are fewer, or a gap or standstill says more than a rate."""
        if len(self.beats) < n:
            return 0.0
        intervals = _intervals(self.beats[-(n - 1) :])
        return _bpm(intervals) if intervals and max(intervals) < limits.asystole_s * FS_HZ else 0.0

    def _standstill(self, others: list[Condition], limits: RhythmLimits) -> list[Condition]:
        """Asystole and pause: no QRS for a while although there is a signal that would show one.

        Where something moves that is no QRS complex, it is waited for longer, and noise or a ventricular tachycardia or
        fibrillation is told of instead: it explains why none is found.
        """
        second = self.second
        if second is None or second.flat or second.leads_usable_since > second.k:
            return []
        since, silence_s = self._silence()
        if silence_s < min(limits.asystole_s, limits.pause_s):
            return self._pause_just_over(second.k, limits)
        if second.activity_mv > limits.flat_mv and "asystole" not in self.holding:
            silence_s -= limits.active_s
            explained = self.noisy_seconds > 0 or any(other.code in WITHOUT_QRS for other in others)
            if explained or silence_s < min(limits.asystole_s, limits.pause_s):
                return self._pause_just_over(second.k, limits)
        return [
            Condition(code, since, "time without a QRS complex", round(silence_s, 2), limit, "s")
            for code, limit in (("asystole", limits.asystole_s), ("pause", limits.pause_s))
            if silence_s >= limit
        ]

    def _silence(self) -> tuple[int, float]:
        """Since when there was no QRS complex although one would have been seen, and how many seconds that is."""
        if self.second is None:
            return 0, 0.0
        since = max(self.second.last_r, self.second.leads_usable_since)
        detected_after = DETECTED_AFTER if self.second.possible_qrs else 0
        silent = self.second.k - max(self.second.last_r + detected_after, self.second.leads_usable_since)
        return since, max(silent, 0) / FS_HZ

    def _pause_just_over(self, k: int, limits: RhythmLimits) -> list[Condition]:
        """A pause stands until the beat that ended it has been classified and another one came."""
        last = self.beats[-1] if self.beats else None
        pause = self.holding.get("pause")
        if pause and (last is None or last.r <= pause.onset):
            return [pause]
        if last and last.rr and last.rr >= limits.pause_s * FS_HZ > k - last.r:
            seconds = round(last.rr / FS_HZ, 2)
            return [Condition("pause", last.r - last.rr, "interval between two beats", seconds, limits.pause_s, "s")]
        return []

    def _technical(self, limits: RhythmLimits) -> list[Condition]:
        if self.second is None:
            return []
        back = (self.second.k - self.second.leads_usable_since) / FS_HZ
        if back < (limits.lead_back_s if "lead_off" in self.holding else 0):  # a loose contact is one episode
            onset = self._onset("lead_off", self.second.k - FS_HZ)
            return [Condition("lead_off", max(onset, 0), "leads with a signal", 0, 1, "leads")]
        if self.noisy_seconds >= (2 if "noisy_signal" in self.holding else limits.noisy_s):
            onset = self._onset("noisy_signal", self.second.k - self.noisy_seconds * FS_HZ)
            return [self._noise(max(onset, 0), limits)]
        return []

    def _noise(self, onset: int, limits: RhythmLimits) -> Condition:
        if self.second is None:
            raise AssertionError("noise is that of a second")
        if self.second.high_frequency_noise:
            return Condition("noisy_signal", onset, "leads without hum or muscle noise", 0, 1, "leads")
        if self.second.quality < limits.noisy_quality:
            value = round(self.second.quality, 2)
            return Condition("noisy_signal", onset, "quality of the best lead", value, limits.noisy_quality, "")
        value = round(self.second.qrs_uncertainty, 2)
        return Condition("noisy_signal", onset, "doubt about each beat", value, limits.noisy_uncertainty, "")

    def _anomaly(self, k: int, limits: RhythmLimits) -> list[Condition]:
        span = WINDOW_S * limits.anomaly_of * FS_HZ
        if len(self.p_abnormal) < limits.anomaly_of or k - self.explained < span:
            return []
        recent = self.p_abnormal[-limits.anomaly_of :]
        if k - recent[0][0] > span + WINDOWS_MISSING_S * FS_HZ:
            return []
        threshold = max(limits.anomaly_p, self.baseline_p + limits.anomaly_over_baseline)
        abnormal = [end for end, p in recent if p > threshold]
        if len(abnormal) < limits.anomaly_windows:
            return []
        onset = self._onset("anomaly", abnormal[0] - WINDOW_S * FS_HZ)
        rule = f"windows over {threshold:.2f} of the last {limits.anomaly_of}"
        return [Condition("anomaly", onset, rule, len(abnormal), limits.anomaly_windows, "windows")]


def _begins_anew(beat: RhythmBeat, limits: RhythmLimits) -> bool:
    """Whether what came before this beat, behind a gap or a pause, is no part of its run."""
    return beat.rr is None or beat.rr >= limits.pause_s * FS_HZ


def _learning(beat: RhythmBeat, limits: RhythmLimits) -> bool:
    """Whether the patient was not known yet: the calibration pulses that some recorders begin with are called V."""
    return beat.r < limits.learning_s * FS_HZ


def _longer(run: int, anew: bool) -> int:
    """Length of a run with one more beat of its class, no longer than the beats that are remembered."""
    return 1 if anew else min(run + 1, BEAT_MEMORY)


def _mean_bpm(beats: list[RhythmBeat]) -> float:
    """Heart rate over the intervals before these beats; 0 where one is not known."""
    return _bpm(_intervals(beats))


def _intervals(beats: list[RhythmBeat]) -> list[int]:
    """The intervals before these beats; none where one is not known."""
    intervals = [beat.rr for beat in beats if beat.rr is not None]
    return intervals if len(intervals) == len(beats) else []


def _bpm(intervals: list[int]) -> float:
    return 60.0 * FS_HZ * len(intervals) / sum(intervals) if intervals else 0.0
