"""One session of one patient, from the events of its signal path to beats, windows, rhythm, alerts and status.

The signal path puts its events into one queue. An event leaves the queue only from its head, after its answer has come.
So everything that depends on the events (beats, windows, rhythm, alerts, status) happens in the order of sample time,
whenever the answers come and in whatever batches.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from processors.monitor import evidence
from processors.monitor.alerting import AlertChange, AlertEnded, Alerting, AlertRaised, PriorityRaised
from processors.monitor.beat_class import class_of
from processors.monitor.evidence import AwaitingStrip, ClassifiedBeat, ReconstructedWindow, largest_ectopic
from processors.monitor.model_requests import WITHOUT_REQUEST, Arrays, ModelRequest, QueuedEvent
from processors.monitor.monitor_events import ConflictChanged, SettingsChanged
from processors.monitor.network_inputs import beats_within, request_of
from processors.monitor.rhythm.atrial_fibrillation import HIDDEN, RHYTHM, AtrialFibrillation, atrial_answer
from processors.monitor.rhythm.conditions import Condition, RhythmBeat, RhythmLimits, SecondSummary
from processors.monitor.rhythm.rhythm import Rhythm
from processors.monitor.rhythm.rhythm_names import Change, RhythmNames, name_of
from processors.monitor.signal_path import (
    AtrialReady,
    BeatReady,
    QrsOverdue,
    SecondPassed,
    SignalEvent,
    SignalPath,
    WindowReady,
)
from processors.monitor.suggested_limits import MinuteRates
from processors.monitor.window_verdicts import RecentSecond, WindowHistory, patient_threshold
from wardbeat.care.admissions import PatientSettings, SettingsApplied
from wardbeat.contracts.alert_codes import CODES, alert_id
from wardbeat.contracts.messages import (
    DISPLAY_FS_HZ,
    SCHEMA_VERSION,
    SYMBOLS,
    Alert,
    Beat,
    MonitorState,
    Origin,
    RhythmChange,
    Status,
    Window,
)
from wardbeat.ecg.features.atrial_beats import AtrialBeats, add_beat, new_atrial_beats
from wardbeat.ecg.resample import to_native

BASELINE_WINDOWS = 120
"""Ten minutes of windows: the patient's baseline of the reconstruction error is the median over these."""
BEFORE, AFTER = evidence.BEFORE_S * DISPLAY_FS_HZ, evidence.AFTER_S * DISPLAY_FS_HZ
V = SYMBOLS.index("V")
Output = Beat | Window | RhythmChange | Alert | Status | SettingsApplied


class Session(msgspec.Struct):
    """A session: its state, its signal path and the rules that follow it."""

    stream_id: str
    session_id: str
    origin: Origin
    fs: float
    sig_name: tuple[str, ...]
    first_sample: int
    """Native sample of 250 Hz sample 0: not 0 if the monitor joined the session after its start."""
    path: SignalPath
    queue: list[QueuedEvent] = []
    beats: list[ClassifiedBeat] = []
    """The beats of the last ``evidence.KEPT_S`` seconds."""
    strips: list[NDArray[np.int16]] = []
    """The signal of the last seconds, one array a second (int16 µV), at most ``evidence.KEPT_S`` of them."""
    strip_end: int = 0
    """250 Hz sample after the last strip."""
    newest_ns: int = 0
    """Acquisition time of the newest sample, Unix ns."""
    acquired: tuple[int, int] = (0, 0)
    """(250 Hz sample, Unix ns) of the newest second."""
    errors: list[float] = []
    """Reconstruction errors of the last windows."""
    rhythm: Rhythm = msgspec.field(default_factory=Rhythm)
    alerting: Alerting = msgspec.field(default_factory=Alerting)
    rhythm_names: RhythmNames = msgspec.field(default_factory=RhythmNames)
    atrial_beats: AtrialBeats = msgspec.field(default_factory=new_atrial_beats)
    atrial: AtrialFibrillation = msgspec.field(default_factory=AtrialFibrillation)
    newest_window: ReconstructedWindow | None = None
    minute_rates: MinuteRates = msgspec.field(default_factory=MinuteRates)
    window_history: WindowHistory = msgspec.field(default_factory=WindowHistory)
    open_alerts: dict[str, Alert] = {}
    """Open alerts by code."""
    unfinished: list[AwaitingStrip] = []
    """The alerts of the last seconds, oldest first, whose evidence is not complete."""
    settings: PatientSettings = PatientSettings()
    limits: RhythmLimits = RhythmLimits()
    """The thresholds that follow from the settings."""
    conflict: Condition | None = None
    """The condition that holds while two devices send on the stream."""
    left_out: tuple[str, ...] = ()
    """Signals of the source that are not monitored, with the reasons."""

    @property
    def next_sample(self) -> int:
        """The native sample that comes next."""
        return self.first_sample + int(self.path.resampler.position[0])

    def native(self, k: int) -> int:
        """The native sample of 250 Hz sample ``k``."""
        return self.first_sample + to_native(self.path.resampler, k)

    def enqueue(self, events: list[SignalEvent], next_id: int) -> list[ModelRequest]:
        """Put events into the queue and return the requests for beats, with ids from ``next_id`` on.

        The inputs of the other networks depend on earlier answers, so :meth:`advance` requests those.
        """
        requests = []
        for event in events:
            queued = QueuedEvent(event)
            if isinstance(event, BeatReady):
                queued.request_id = next_id
                requests.append(self._request(queued))
                next_id += 1
            self.queue.append(queued)
        return requests

    def advance(self, next_id: int) -> tuple[list[ModelRequest], list[Output]]:
        """Decide the events at the head of the queue that have their answers.

        Returns the request of the new head (id ``next_id``) if it has none yet, and all outputs of the decided events.
        """
        outputs: list[Output] = []
        while self.queue:
            head = self.queue[0]
            if not isinstance(head.event, WITHOUT_REQUEST):
                if head.request_id is None:
                    head.request_id = next_id
                    return [self._request(head)], outputs
                if head.answer is None:
                    break
            self.queue.pop(0)
            outputs += self._take(head)
        if not self.queue and self.path.end >= 0:
            outputs += self._finish(self.unfinished)
        return [], outputs

    def end_alerts(self) -> list[Output]:
        """End the open alerts, because another session has begun."""
        return [self._end_alert(change) for change in self.alerting.end_all(self.path.end)]

    def _request(self, queued: QueuedEvent) -> ModelRequest:
        ventricular = self.rhythm.ventricular_rhythm
        return request_of(queued, self.beats, self.errors, self.atrial_beats, ventricular)

    def _take(self, queued: QueuedEvent) -> list[Output]:
        match queued.event:
            case SettingsChanged() as changed:
                self.settings, self.limits = changed.settings, changed.limits
                at = changed.sample, self.fs
                return [SettingsApplied(SCHEMA_VERSION, self.stream_id, self.session_id, *at, changed.settings)]
            case ConflictChanged() as changed:
                self.conflict = changed.condition
                return []
            case event:
                return self._decide(event, queued.answer or {}, self.limits)

    def _decide(self, event: SignalEvent, answer: Arrays, limits: RhythmLimits) -> list[Output]:
        match event:
            case BeatReady():
                outputs = [self._beat(event, answer, limits)]
            case WindowReady():
                outputs = [self._window(event, answer, limits)]
            case AtrialReady():
                outputs = self._atrial(event, answer, limits)
            case SecondPassed():
                outputs = [self._status(event, limits)]
                self.rhythm.add_ventricular_answer(float(answer["probabilities"][1]), event.waves, limits)
                outputs += self._finish([one for one in self.unfinished if one.k + AFTER <= event.k])
            case QrsOverdue():
                outputs = []
                self.rhythm.note_no_qrs(event.k, event.possible_qrs)
        if self.atrial.on:
            self.rhythm.explained_k = event.k
        conditions = self.rhythm.conditions(event.k, limits) | self.atrial.conditions(event.k, limits)
        if self.conflict:
            conditions = {**conditions, self.conflict.code: self.conflict}
        self.window_history.add_conditions(event.k, conditions)
        for change in self.alerting.update(event.k, conditions, limits):
            outputs.append(self._apply(change))
        if isinstance(event, BeatReady):
            outputs += self._rhythm_change(event.r)
        elif isinstance(event, SecondPassed):
            outputs += self._rhythm_change(event.k)
        return outputs

    def _beat(self, event: BeatReady, answer: Arrays, limits: RhythmLimits) -> Output:
        p, features = answer["probabilities"], event.context[-2]
        no_s = self.atrial.rules_out_s(p.tolist(), event.rr, features, limits)
        symbol, probabilities, network_probabilities = class_of(
            p, event.unreadable_log_odds, no_s=no_s, paced=event.paced
        )
        rr = None if self.rhythm.is_after_unreadable() or symbol == "Q" else event.rr
        self.beats.append(ClassifiedBeat(event.r, probabilities, rr, network_probabilities))
        while self.beats[0].r < event.r - evidence.KEPT_S * DISPLAY_FS_HZ:
            del self.beats[0]
        if symbol != "Q":
            add_beat(self.atrial_beats, event.r, rr, event.waveform, features, p)
        self.rhythm.add_beat(RhythmBeat(event.r, symbol, rr, event.paced), limits)
        self.rhythm.ventricular_rhythm.add_beat(event.r, network_probabilities[V], features)
        rr_s = None if rr is None else rr / DISPLAY_FS_HZ
        sample = self.native(event.r)
        return Beat(SCHEMA_VERSION, self.stream_id, self.session_id, sample, self.fs, symbol, probabilities, rr_s)

    def _window(self, event: WindowReady, answer: Arrays, limits: RhythmLimits) -> Output:
        p_abnormal = round(float(answer["p_abnormal"][0]), 6)
        error = float(answer["reconstruction_error"][0])
        self.newest_window = evidence.reconstructed_window(
            event, p_abnormal, round(error, 6), answer["reconstruction"], self.path.leads >= 0
        )
        self._show_decision(self.newest_window)
        if self.window_history.is_readable(event):
            self.errors = [*self.errors, error][-BASELINE_WINDOWS:]
            self.rhythm.add_window(event.end, p_abnormal)
        thresholds = limits.anomaly_p, patient_threshold(self.rhythm, limits)
        judged = self.window_history.judge(event, p_abnormal, thresholds)
        self.window_history.newest = Window(
            SCHEMA_VERSION, self.stream_id, self.session_id, self.native(event.start), self.native(event.end),
            p_abnormal, round(error, 6), largest_ectopic(beats_within(event, self.beats)), self.fs,
            self._acquired_ns(event.end), judged.verdict, *thresholds, judged.quality,
            self.rhythm_names.most_urgent(event.start, event.end), judged.conditions, self.settings.admission_id,
        )  # fmt: skip
        return self.window_history.newest

    def _status(self, event: SecondPassed, limits: RhythmLimits) -> Output:
        self.strips = [*self.strips, event.strip][-evidence.KEPT_S :]
        self.strip_end, self.acquired = event.k, (event.k, event.acquired_ns)
        second = SecondSummary(
            event.k, event.last_r, event.leads_usable_since, max(event.lead_quality), event.qrs_uncertainty,
            event.beat_similarity, event.activity_mv, event.high_frequency_noise, event.flat,
        )  # fmt: skip
        self.rhythm.add_second(second, limits)
        usable = event.leads_usable_since <= event.k
        state: MonitorState = "monitoring" if event.k >= limits.learning_s * DISPLAY_FS_HZ else "learning"
        readable = usable and self.rhythm.noisy_seconds == 0 and not self.conflict
        quality = round(max(event.lead_quality) * (1.0 - min(event.qrs_uncertainty, 1.0)), 3)
        self.window_history.add_second(RecentSecond(event.k, quality, readable))
        sample, hr_bpm = self.native(event.k), event.hr_bpm if readable else None
        if hr_bpm is None and usable:
            hr_bpm = self.rhythm.ventricular_rhythm.bpm_by_signal(limits.ventricular)
        return Status(
            schema_version=SCHEMA_VERSION,
            stream_id=self.stream_id,
            session_id=self.session_id,
            origin=self.origin,
            sample=sample,
            fs=self.fs,
            acquired_ns=event.acquired_ns,
            t_s=round(sample / self.fs, 3),
            hr_bpm=hr_bpm,
            quality=quality,
            lead_quality=event.lead_quality,
            sig_name=self.sig_name,
            state=state if usable else "no_signal",
            hr_low_bpm=limits.hr_low_bpm,
            hr_high_bpm=limits.hr_high_bpm,
            left_out=self.left_out,
            window=self.window_history.newest,
            suggested_bpm=self.minute_rates.add_second(event.k, hr_bpm),
        )

    def _rhythm_change(self, at: int) -> list[Output]:
        at, name = name_of(self.rhythm.holding, at)
        if name == "(N" and not self.beats and not self.rhythm_names.changes:
            return []  # before the first beat the rhythm has no name
        if self.atrial.on and name in HIDDEN:
            name = RHYTHM
        return self._changes(self.rhythm_names.name(at, name))

    def _changes(self, changes: list[Change]) -> list[Output]:
        return [
            RhythmChange(SCHEMA_VERSION, self.stream_id, self.session_id, self.native(k), self.fs, name)
            for k, name in changes
        ]

    def _atrial(self, event: AtrialReady, answer: Arrays, limits: RhythmLimits) -> list[Output]:
        """Begin or end atrial fibrillation, and correct the names of the rhythm since then."""
        beats, p = self.atrial_beats, round(float(answer["probabilities"][1]), 6)
        if beats.count < limits.af_beats:
            return []
        renamed = self.atrial.add_answer(atrial_answer(event.k, p, beats), limits)
        return self._changes(self.rhythm_names.rename(*renamed)) if renamed else []

    def _apply(self, change: AlertChange) -> Output:
        match change:
            case AlertRaised():
                return self._raise_alert(change)
            case PriorityRaised():
                return self._raise_priority(change)
            case AlertEnded():
                return self._end_alert(change)

    def _raise_alert(self, change: AlertRaised) -> Output:
        condition = change.condition
        code = CODES[condition.code]
        onset = self.native(condition.onset)
        shown = tuple(self.sig_name[lead] for lead in self.path.leads if lead >= 0)
        alert = Alert(
            schema_version=SCHEMA_VERSION,
            alert_id=alert_id(self.session_id, code.code, onset),
            stream_id=self.stream_id,
            session_id=self.session_id,
            origin=self.origin,
            kind=code.kind,
            code=code.code,
            priority=change.priority,
            fs=self.fs,
            onset_sample=onset,
            raised_sample=self.native(change.k),
            raised_acquired_ns=self._acquired_ns(change.k),
            evidence=evidence.first_evidence(condition, shown),
            admission_id=self.settings.admission_id,
            watched_from_sample=self.first_sample,
        )
        awaiting = AwaitingStrip(alert, change.k, begin=max(0, self.strip_end - BEFORE))
        if self.newest_window is not None:
            self._add_window(awaiting, self.newest_window)
        alert = self._with_strip(awaiting)
        self.unfinished.append(awaiting)
        self.open_alerts[code.code] = alert
        return alert

    def _acquired_ns(self, k: int) -> int:
        """The acquisition time of 250 Hz sample ``k``, Unix ns, by that of the newest second."""
        newest_k, newest_ns = self.acquired
        return newest_ns + (k - newest_k) * 1_000_000_000 // DISPLAY_FS_HZ

    def _raise_priority(self, change: PriorityRaised) -> Output:
        alert = msgspec.structs.replace(self.open_alerts[change.code], priority=change.priority)
        self.open_alerts[change.code] = alert
        self._amend_unfinished(alert)
        return alert

    def _end_alert(self, change: AlertEnded) -> Output:
        alert = self.open_alerts.pop(change.code)
        ended = msgspec.structs.replace(alert, ended_sample=self.native(change.k))
        self._amend_unfinished(ended)
        return ended

    def _amend_unfinished(self, alert: Alert) -> None:
        """Copy priority and end of an alert to the one that waits for its strip, which is sent again later."""
        for awaiting in self.unfinished:
            if awaiting.alert.alert_id == alert.alert_id:
                awaiting.alert = msgspec.structs.replace(
                    awaiting.alert, priority=alert.priority, ended_sample=alert.ended_sample
                )

    def _finish(self, complete: list[AwaitingStrip]) -> list[Output]:
        """Send these alerts again, with all of their evidence."""
        if not complete:
            return []
        self.unfinished = [awaiting for awaiting in self.unfinished if awaiting not in complete]
        alerts = [self._with_strip(awaiting) for awaiting in complete]
        self.open_alerts |= {alert.code: alert for alert in alerts if alert.ended_sample is None}
        return [*alerts]

    def _show_decision(self, window: ReconstructedWindow) -> None:
        """Give unfinished alerts this window if it covers their decision: it is better evidence than the one before.

        An ``anomaly`` keeps its window: that one led to the decision.
        """
        for awaiting in self.unfinished:
            if window.start < awaiting.k <= window.end and awaiting.alert.code != "anomaly":
                self._add_window(awaiting, window)

    def _add_window(self, awaiting: AwaitingStrip, window: ReconstructedWindow) -> None:
        start_s = self.native(window.start) / self.fs
        awaiting.alert = msgspec.structs.replace(
            awaiting.alert, evidence=evidence.with_window(awaiting.alert.evidence, window, start_s)
        )

    def _with_strip(self, awaiting: AwaitingStrip) -> Alert:
        """The alert with the signal from its ``begin`` up to the newest second."""
        seconds = self.strips[len(self.strips) - (self.strip_end - awaiting.begin) // DISPLAY_FS_HZ :]
        beats = [
            (self.native(beat.r) / self.fs, beat) for beat in self.beats if awaiting.begin <= beat.r < self.strip_end
        ]
        start_s, end_s = self.native(awaiting.begin) / self.fs, self.native(self.strip_end) / self.fs
        complete = evidence.with_strip(awaiting.alert.evidence, seconds, beats, start_s, end_s)
        return msgspec.structs.replace(awaiting.alert, evidence=complete)
