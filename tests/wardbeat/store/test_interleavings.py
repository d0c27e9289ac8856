"""Alerts on a ward where everything happens at once: the real Redis must agree with the pure rules.

A monitor's episodes become messages on a topic. Workers deliver them, stop in the middle, start again further back, and
deliver old or future messages. Staff act, sometimes at the same moment. Time passes, and processes restart. No alert
may be lost, doubled or raised again. ``WARDBEAT_INTERLEAVINGS`` is the number of interleavings.
"""

import asyncio
import itertools
import os
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from processors.monitor.alerting import AlertEnded, Alerting, AlertRaised, PriorityRaised
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from tests.support.samples import make_alert
from tests.support.turns import Turns
from wardbeat.care import alert_lifecycle
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.alert_off import AlertOff, switch_off, switch_on
from wardbeat.care.audio_pause import AudioPause, begin_pause, in_force
from wardbeat.contracts.evidence_signals import pack_signals, without_signals
from wardbeat.contracts.messages import Alert
from wardbeat.errors import AlertActionError
from wardbeat.store import redis_keys
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.audit_log import AuditLog
from wardbeat.store.beds.audio_pause_store import AudioPauseStore
from wardbeat.store.redis_client import connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

BED = "bed-1"
INTERLEAVINGS = int(os.environ.get("WARDBEAT_INTERLEAVINGS", "200"))
CODES = ("asystole", "extreme_bradycardia", "bradycardia", "lead_off")
STEPS, LEARNT = 12, 31 * FS_HZ
DAY_NS, S = 1_800_000_000_000_000_000, 1_000_000_000
_T = TypeVar("_T")
Rule = Callable[[AlertRecord], AlertRecord]

people = st.sampled_from(["AB", "CD"])
staff_acts = st.sampled_from(
    ["acknowledge", "acknowledge", "acknowledge with comment", "comment", "resolve", "escalate", "close"]
)
any_index = st.integers(0, 30)


class Ward(RuleBasedStateMachine):
    """One bed: its monitor, the topic, workers, staff, and a model of what Redis must hold."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    redis: ClassVar[Redis]
    look: ClassVar[SyncRedis]
    url: ClassVar[str]
    turns: ClassVar[Turns]
    ran: ClassVar[defaultdict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        self.ran["interleavings"] += 1
        self.look.flushdb()
        self.now_ns = DAY_NS
        self.alerting, self.k, self.off = Alerting(), LEARNT, ()
        self.holding: dict[str, Condition] = {}
        self.raised: dict[str, Alert] = {}
        self.topic: list[Alert] = []
        self.position = 0
        self.model: dict[str, AlertRecord] = {}
        self.pauses: dict[str | None, AudioPause] = {}
        self.start()

    off: tuple[AlertOff, ...]

    def do(self, awaitable: Awaitable[_T]) -> _T:
        async def wait() -> _T:
            return await awaitable

        return self.loop.run_until_complete(wait())

    def start(self) -> None:
        self.store = AlertStore(self.redis, lambda: self.now_ns)
        self.pause_store = AudioPauseStore(self.redis, lambda: self.now_ns)

    # --- the monitor

    @initialize(codes=st.sets(st.sampled_from(CODES), min_size=1, max_size=3))
    def a_condition_holds(self, codes: set[str]) -> None:
        self.conditions_come_and_go(codes, 1)
        self.messages_are_delivered(1)

    @rule(codes=st.sets(st.sampled_from(CODES), min_size=1, max_size=2), seconds=st.integers(1, 70))
    def conditions_come_and_go(self, codes: set[str], seconds: int) -> None:
        self.k += seconds * FS_HZ
        for code in codes:
            if self.holding.pop(code, None) is None:
                self.holding[code] = Condition(code, self.k, "a rule", 1, 1, "")
        self.update()

    @rule(by=people)
    def a_code_is_switched(self, by: str) -> None:
        code = "extreme_bradycardia"
        off = switch_on(self.off, code)
        self.off = switch_off(self.off, code, "known", by, self.now_ns) if off is self.off else off
        self.k += 1
        self.update()

    def update(self) -> None:
        limits = RhythmLimits(off=tuple(one.code for one in self.off), technical_rises_s=20)
        for change in self.alerting.update(self.k, self.holding, limits):
            match change:
                case AlertRaised(condition=condition):
                    assert condition.code not in limits.off
                    alert = make_alert(condition.code, condition.onset)
                    self.raised[condition.code] = msgspec.structs.replace(alert, priority=change.priority)
                case PriorityRaised():
                    alert = self.raised[change.code]
                    self.raised[change.code] = msgspec.structs.replace(alert, priority=change.priority)
                case AlertEnded():
                    alert = self.raised.pop(change.code)
                    self.topic.append(msgspec.structs.replace(alert, ended_sample=change.k))
                    continue
            self.topic.append(self.raised[change.condition.code if isinstance(change, AlertRaised) else change.code])

    @precondition(lambda self: self.raised)
    @rule(index=any_index)
    def evidence_is_complete(self, index: int) -> None:
        code = sorted(self.raised)[index % len(self.raised)]
        alert = self.raised[code]
        strip = (self.k % 30_000).to_bytes(2, "little") * 3
        evidence = msgspec.structs.replace(alert.evidence, strip=strip, strip_end_s=float(self.k))
        self.raised[code] = msgspec.structs.replace(alert, evidence=evidence)
        self.topic.append(self.raised[code])

    # --- workers

    @precondition(lambda self: self.position < len(self.topic))
    @rule(n=st.integers(1, 4))
    def messages_are_delivered(self, n: int) -> None:
        for alert in self.topic[self.position : self.position + n]:
            self.take(alert)
        self.position = min(self.position + n, len(self.topic))

    @precondition(lambda self: self.model)
    @rule(back=st.integers(1, 8))
    def processes_restart(self, back: int) -> None:
        """Messages that a worker had not acknowledged come again."""
        self.ran["restarts"] += 1
        self.position = max(self.position - back, 0)
        self.start()

    @precondition(lambda self: self.topic)
    @rule(index=any_index)
    def a_message_comes_out_of_order(self, index: int) -> None:
        self.take(self.topic[index % len(self.topic)])

    def take(self, alert: Alert) -> None:
        known = self.model.get(alert.alert_id)
        assert self.do(self.store.take(alert)) == (known is None)
        self.model[alert.alert_id] = self.after_message(alert)

    def after_message(self, alert: Alert) -> AlertRecord:
        known = self.model.get(alert.alert_id)
        return (
            alert_lifecycle.begin(alert, self.now_ns)
            if known is None
            else alert_lifecycle.update(known, alert, self.now_ns)
        )

    # --- staff

    @precondition(lambda self: self.model)
    @rule(index=any_index, act=staff_acts, by=people)
    def staff_act(self, index: int, act: str, by: str) -> None:
        alert_id = self.known(index)
        ask, rule_ = self.act(alert_id, act, by)
        try:
            expected = rule_(self.model[alert_id])
        except AlertActionError:
            with pytest.raises(AlertActionError):
                self.do(ask())
            return
        assert self.do(ask()) == bare(expected)
        self.model[alert_id] = expected

    @precondition(lambda self: self.model)
    @rule(
        index=any_index,
        acts=st.lists(st.tuples(staff_acts, people), min_size=1, max_size=3),
        messages=st.lists(any_index, max_size=2),
        order=st.lists(st.integers(0, 3), max_size=14),
        killed_at=st.none() | st.integers(0, 5),
    )
    def all_at_once(
        self,
        index: int,
        acts: list[tuple[str, str]],
        messages: list[int],
        order: list[int],
        killed_at: int | None,
    ) -> None:
        """Several acts on one alert, and messages of the monitor, command by command in any order; one may die."""
        self.ran["races"] += 1
        alert_id = self.known(index)
        asked = [self.act(alert_id, act, by) for act, by in acts]
        for message in messages:
            sent = [alert for alert in self.topic if alert.alert_id == alert_id]
            alert = sent[message % len(sent)]
            asked.append((self.asker(alert), self.ruler(alert)))
        answers = self.do(self.turns.run([ask for ask, _ in asked], order, killed_at))
        rules = [rule_ for (_, rule_), answer in zip(asked, answers, strict=True) if answer is not None]
        unexpected = [a for a in answers if isinstance(a, Exception) and not isinstance(a, AlertActionError)]
        assert unexpected == []
        stored = self.do(self.store.get(alert_id))
        assert stored is not None
        assert stored in self.outcomes(alert_id, rules)
        self.model[alert_id] = stored

    def asker(self, alert: Alert) -> Callable[[], Awaitable[Any]]:
        return lambda: self.store.take(alert)

    def ruler(self, alert: Alert) -> Rule:
        return lambda record: alert_lifecycle.update(record, alert, self.now_ns)

    def outcomes(self, alert_id: str, rules: list[Rule]) -> Iterator[AlertRecord]:
        """The results of the acts one after another, in every order."""
        for order in itertools.permutations(rules):
            record = self.model[alert_id]
            for rule_ in order:
                with suppress(AlertActionError):
                    record = rule_(record)
            yield record

    def known(self, index: int) -> str:
        return list(self.model)[index % len(self.model)]

    def act(self, alert_id: str, act: str, by: str) -> tuple[Callable[[], Awaitable[AlertRecord]], Rule]:
        """The call of the store for an act, and the rule for its result."""
        store, now_ns = self.store, self.now_ns
        match act:
            case "acknowledge":
                return lambda: store.acknowledge(alert_id, by), lambda r: alert_lifecycle.acknowledge(r, by, now_ns)
            case "acknowledge with comment":
                return lambda: store.acknowledge(alert_id, by, "seen"), lambda r: alert_lifecycle.acknowledge(
                    r, by, now_ns, "seen"
                )
            case "comment":
                return lambda: store.comment(alert_id, by, "noted"), lambda r: alert_lifecycle.add_comment(
                    r, by, "noted", now_ns
                )
            case "resolve":
                return lambda: store.resolve(alert_id, by), lambda r: alert_lifecycle.resolve(r, by, now_ns)
            case "close":
                return lambda: store.close(alert_id, by), lambda r: alert_lifecycle.close(r, by, now_ns)
            case _:
                return lambda: store.note_escalation(alert_id, "high"), lambda r: alert_lifecycle.note_escalation(
                    r, "high", now_ns
                )

    @rule(stream_id=st.sampled_from([BED, None]), by=people, seconds=st.integers(1, 120))
    def staff_pause_the_sound(self, stream_id: str | None, by: str, seconds: int) -> None:
        self.pauses[stream_id] = begin_pause(stream_id, by, seconds, self.now_ns)
        assert self.do(self.pause_store.pause(stream_id, by, seconds)) == self.pauses[stream_id]

    @rule(stream_id=st.sampled_from([BED, None]), by=people)
    def staff_end_the_pause(self, stream_id: str | None, by: str) -> None:
        self.pauses.pop(stream_id, None)
        self.do(self.pause_store.resume(stream_id, by))

    # --- the world

    @rule(seconds=st.integers(1, 150))
    def time_passes(self, seconds: int) -> None:
        self.now_ns += seconds * S

    # --- invariants

    @invariant()
    def redis_agrees_with_the_rules(self) -> None:
        self.ran["steps"] += 1
        with self.look.pipeline(transaction=False) as pipe:  # without the store, which may read wrongly, too
            for key in (redis_keys.ALERTS_OPEN, redis_keys.ESCALATIONS, redis_keys.alerts_of(BED)):
                pipe.zrange(key, 0, -1, withscores=True)
            for alert_id in self.model:
                pipe.hget(redis_keys.alert(alert_id), "body")
                pipe.get(redis_keys.signals(alert_id))
            answers = pipe.execute()
        open_, due, all_ = ({name.decode(): score for name, score in rows} for rows in answers[:3])
        assert answers[3:] == [part for record in self.model.values() for part in parts_of(record)]
        raised = {key: float(record.raised_ns) for key, record in self.model.items()}
        assert all_ == raised
        assert open_ == {key: raised[key] for key, record in self.model.items() if record.state != "resolved"}
        escalating = {key: alert_lifecycle.escalates_from_ns(record) for key, record in self.model.items()}
        assert due == {key: float(from_ns) for key, from_ns in escalating.items() if from_ns is not None}

    @precondition(lambda self: self.pauses)
    @invariant()
    def pauses_end(self) -> None:
        now = {pause.stream_id: pause for pause in self.do(self.pause_store.in_force())}
        assert now == {key: pause for key, pause in self.pauses.items() if in_force(pause, self.now_ns)}

    def teardown(self) -> None:
        """Deliver all messages; then the alerts equal the monitor's episodes, and the records are complete."""
        for alert in self.topic[self.position :]:
            self.take(alert)
        self.redis_agrees_with_the_rules()
        last = {alert.alert_id: alert for alert in self.topic}
        assert set(self.model) == set(last)
        for key, record in self.model.items():
            alert = last[key]
            assert record.alert.ended_sample == alert.ended_sample
            assert record.alert.evidence == alert.evidence
            if record.resolved_by is None and record.acknowledged_by is None:
                over = "ended" if record.alert.priority == "high" else "resolved"
                assert record.state == ("active" if alert.ended_sample is None else over)
        self.the_records_are_complete()

    def the_records_are_complete(self) -> None:
        """Each change of each alert is once in the lifecycle and, unless only its strip grew, in the audit.

        A resolved alert stays resolved.
        """
        expected = []
        changes = self.do(self.store.changes("0-0", block_ms=1, count=100_000))
        for key, record in self.model.items():
            lives = [change for _, change in changes if change.alert.alert_id == key]
            assert [change.version for change in lives] == list(range(1, record.version + 1))
            afterwards = itertools.dropwhile(lambda change: change.state != "resolved", lives)
            assert {change.state for change in afterwards} <= {"resolved"}
            expected += [
                (key, n, n + 1) for n in range(record.version) if n == 0 or not only_strip(*lives[n - 1 : n + 1])
            ]
        entries = self.do(AuditLog(self.redis).of(BED, limit=100_000))
        written = sorted({(entry.subject, entry.before, entry.after) for entry in entries if entry.after})
        assert written == sorted(expected)
        assert [entry.at_ns for entry in entries] == sorted((entry.at_ns for entry in entries), reverse=True)


def only_strip(before: AlertRecord, after: AlertRecord) -> bool:
    """Whether only the evidence has changed."""
    evidence = after.alert.evidence
    before = msgspec.structs.replace(before, version=after.version, changed_ns=after.changed_ns)
    return after == msgspec.structs.replace(before, alert=msgspec.structs.replace(before.alert, evidence=evidence))


def bare(record: AlertRecord) -> AlertRecord:
    """The record without the signals of its evidence."""
    evidence = without_signals(record.alert.evidence)
    return msgspec.structs.replace(record, alert=msgspec.structs.replace(record.alert, evidence=evidence))


def parts_of(record: AlertRecord) -> tuple[bytes, bytes]:
    """A record as Redis holds it: its body, and the signals."""
    return msgspec.json.encode(bare(record)), pack_signals(record.alert.evidence)


def test_no_interleaving_loses_doubles_or_reopens_an_alert(
    redis_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Ward.loop = asyncio.new_event_loop()
    Ward.turns = Turns()
    Ward.redis = Ward.turns.gate(connect(redis_server))
    Ward.look = SyncRedis.from_url(redis_server)
    Ward.ran = defaultdict(int)
    try:
        run_state_machine_as_test(
            Ward,
            settings=settings(
                max_examples=INTERLEAVINGS,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],  # the steps are readable; shrinking them would take an hour
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Ward.loop.run_until_complete(Ward.redis.aclose())
        Ward.loop.close()
        Ward.look.close()
    with capsys.disabled():
        sys.stdout.write(f"\n{dict(Ward.ran)}\n")
    assert Ward.ran["interleavings"] >= INTERLEAVINGS
