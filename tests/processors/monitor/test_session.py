"""A session decides its events in the order of sample time, each only after its answer has come."""

import numpy as np
import pytest

from processors.monitor.model_requests import ModelRequest, QueuedEvent
from processors.monitor.monitor_events import ConflictChanged, SettingsChanged
from processors.monitor.rhythm.conditions import Condition, RhythmLimits
from processors.monitor.session import AFTER, Session
from processors.monitor.signal_path import (
    AtrialReady,
    BeatReady,
    QrsOverdue,
    SecondPassed,
    WindowReady,
    new_signal_path,
    take_samples,
)
from tests.support.monitor_runs import answers_to
from tests.support.shipped_qrs import shipped_qrs
from wardbeat.care.admissions import PatientLimits, PatientSettings, SettingsApplied
from wardbeat.contracts.messages import Alert, Beat, RhythmChange, Status, Window
from wardbeat.ecg.synthetic import synthetic_scenario

FS = 250
NAMES = ("II", "V5")


def new_session(first_sample: int = 0) -> Session:
    return Session(
        stream_id="bed",
        session_id="s",
        origin="synthetic",
        fs=float(FS),
        sig_name=NAMES,
        first_sample=first_sample,
        path=new_signal_path(FS, NAMES),
    )


class Host:
    """Runs a session: it gives samples, keeps the open requests, and answers them when a test wants it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.open: list[ModelRequest] = []
        self.outputs: list[object] = []
        self.next_id = 0

    def give(self, p_signal: np.ndarray) -> None:
        last_ns = 10**18 + p_signal.shape[1] * 1_000_000_000 // FS
        events = take_samples(self.session.path, shipped_qrs(), p_signal, last_ns, FS)
        self._add(self.session.enqueue(events, self.next_id))
        self.advance()

    def advance(self) -> None:
        requests, outputs = self.session.advance(self.next_id)
        self._add(requests)
        self.outputs += outputs

    def answer(self) -> None:
        by_id = {queued.request_id: queued for queued in self.session.queue}
        requests, self.open = self.open, []
        for answer in answers_to(requests):
            by_id[answer.request_id].answer = answer.outputs
        self.advance()

    def answer_all(self) -> None:
        while self.open:
            self.answer()

    def _add(self, requests: list[ModelRequest]) -> None:
        self.open += requests
        self.next_id += len(requests)


def signal_of(*parts: tuple[str, float]) -> np.ndarray:
    return synthetic_scenario(list(parts), fs=FS).p_signal  # type: ignore[arg-type]


def test_only_beats_are_requested_before_the_events_ahead_of_them_are_decided() -> None:
    host = Host(new_session())
    host.give(signal_of(("sinus", 20)))
    beats = [queued for queued in host.session.queue if isinstance(queued.event, BeatReady)]
    assert len(beats) > 15
    assert all(queued.request_id is not None for queued in beats)
    others = [queued for queued in host.session.queue if not isinstance(queued.event, BeatReady)]
    assert [queued.request_id is None for queued in others[1:]] == [True] * (len(others) - 1)
    assert host.outputs == []


def test_an_event_waits_for_the_answer_of_the_head_of_the_queue() -> None:
    host = Host(new_session())
    host.give(signal_of(("sinus", 20)))
    *rest, head = host.open  # the head is the first second; its request comes after those for beats
    host.open = rest
    host.answer()
    assert host.outputs == [], "all later answers are there, the first is not"
    host.open += [head]
    host.answer_all()
    assert host.session.queue == []
    kinds = {type(output) for output in host.outputs}
    assert kinds == {Beat, Window, Status, RhythmChange}


def test_outputs_come_in_the_order_of_sample_time() -> None:
    host = Host(new_session(first_sample=1000))
    host.give(signal_of(("sinus", 21)))
    host.answer_all()
    statuses = [output for output in host.outputs if isinstance(output, Status)]
    beats = [output.sample for output in host.outputs if isinstance(output, Beat)]
    assert [status.sample for status in statuses] == [1000 + FS * second for second in range(1, 21)]
    assert beats == sorted(beats)
    assert min(beats) >= 1000


def test_settings_apply_at_their_place_in_the_queue_and_need_no_answer() -> None:
    session = new_session()
    settings = PatientSettings("a", PatientLimits(hr_high_bpm=90))
    session.queue.append(QueuedEvent(SettingsChanged(42, settings, RhythmLimits(hr_high_bpm=90))))
    requests, outputs = session.advance(0)
    assert requests == []
    assert outputs == [SettingsApplied(1, "bed", "s", 42, float(FS), settings)]
    assert (session.settings, session.limits.hr_high_bpm) == (settings, 90)


def test_a_conflict_holds_until_the_event_that_ends_it() -> None:
    condition = Condition("source_conflict", 500, "new signal of another device", 2.5, 2.0, "s")
    host = Host(new_session())
    host.session.queue.append(QueuedEvent(ConflictChanged(condition)))
    host.give(signal_of(("sinus", 10)))
    host.answer_all()
    (raised,) = [output for output in host.outputs if isinstance(output, Alert)]
    assert (raised.code, raised.onset_sample, raised.priority) == ("source_conflict", 500, "low")
    assert {output.hr_bpm for output in host.outputs if isinstance(output, Status)} == {None}
    host.outputs.clear()
    host.session.queue.append(QueuedEvent(ConflictChanged(None)))
    host.give(signal_of(("sinus", 10)))
    host.answer_all()
    alerts = [output for output in host.outputs if isinstance(output, Alert)]
    assert alerts[0].ended_sample is not None


def test_an_alert_is_sent_again_with_its_complete_strip() -> None:
    host = Host(new_session())
    host.give(signal_of(("sinus", 35), ("asystole", 10), ("sinus", 35)))
    host.answer_all()
    asystole = [output for output in host.outputs if isinstance(output, Alert) and output.code == "asystole"]
    raised, complete = asystole[0], asystole[-1]
    assert {alert.alert_id for alert in asystole} == {raised.alert_id}
    assert len(complete.evidence.strip) > len(raised.evidence.strip)
    assert complete.evidence.strip_end_s >= (raised.raised_sample + AFTER) / FS - 1
    assert complete.ended_sample is not None
    assert host.session.unfinished == []


def test_open_alerts_end_with_the_session() -> None:
    host = Host(new_session())
    host.give(signal_of(("sinus", 35), ("asystole", 15)))
    host.answer_all()
    session = host.session
    open_codes = set(session.open_alerts)
    assert "asystole" in open_codes
    session.path.end = session.path.k
    ended = session.end_alerts()
    assert {alert.code for alert in ended if isinstance(alert, Alert)} == open_codes
    assert {alert.ended_sample for alert in ended if isinstance(alert, Alert)} == {session.native(session.path.k)}
    assert session.open_alerts == {}


@pytest.mark.parametrize("event", [QrsOverdue(500, possible_qrs=False), ConflictChanged(None)])
def test_an_event_without_a_network_has_no_request(event: QrsOverdue | ConflictChanged) -> None:
    session = new_session()
    session.queue.append(QueuedEvent(event))
    assert session.advance(7) == ([], [])
    assert session.queue == []


def test_a_session_has_every_kind_of_event() -> None:
    host = Host(new_session())
    host.give(signal_of(("sinus", 20), ("asystole", 5)))
    kinds = {type(queued.event) for queued in host.session.queue}
    assert kinds == {BeatReady, WindowReady, AtrialReady, SecondPassed, QrsOverdue}
