"""Notifies other staff of alerts that are not acknowledged in time: by each channel, once for each alert and priority.

Several escalators may run as processes of their own: the one that claims an alert escalates it. If a channel fails, the
escalator raises an alert on that, and tries again until all channels have delivered or staff have acknowledged.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from redis.exceptions import RedisError

from processors.escalation.channels import Channel
from processors.escalation.check_loop import check_until
from processors.escalation.system_watch import SystemWatch
from wardbeat.care.admissions import silenced
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.escalation import escalation_of, failure_ended, failure_of, is_due
from wardbeat.contracts.messages import Alert, Escalation
from wardbeat.errors import EscalationError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.beds.admission_store import AdmissionStore
from wardbeat.store.escalation_store import EscalationStore

_log = structlog.get_logger(__name__)


class Escalator:
    """Finds alerts that are due for escalation, and notifies by every channel.

    Parameters
    ----------
    alerts : AlertStore
    beds : AdmissionStore
        An alert that is silenced while its patient is away is not escalated.
    store : EscalationStore
    system : SystemWatch
    channels : mapping of str to Channel
        By name; staff read the name if the channel fails.
    after_s : float
        How long an alert may call for staff before it is escalated.
    clock_ns : callable
        Unix time in nanoseconds.

    Attributes
    ----------
    notified, failed : int
        Escalations that all channels have delivered, and tries that failed.
    redis_problem : str or None
        Why it can't escalate now; None if it can.
    """

    def __init__(
        self,
        alerts: AlertStore,
        beds: AdmissionStore,
        store: EscalationStore,
        system: SystemWatch,
        channels: Mapping[str, Channel],
        after_s: float,
        clock_ns: Callable[[], int],
    ) -> None:
        self._alerts = alerts
        self._beds = beds
        self._store = store
        self._system = system
        self._channels = channels
        self._after_s = after_s
        self._clock_ns = clock_ns
        self.notified = 0
        self.failed = 0
        self.redis_problem: str | None = "not asked yet"

    async def run(self, stop: asyncio.Event) -> None:
        """Check every second until ``stop`` is set. While Redis is away, wait for it."""
        await check_until(stop, self._check_alive, "no alert can be escalated")

    async def check(self) -> None:
        """Escalate all alerts that are due now and that no other escalator has claimed.

        The alert that no screen sounds is due immediately: nobody who could acknowledge it hears it.
        """
        await self._end_failures()
        urgent = await self._system.update()
        await asyncio.gather(*(self._escalate(alert_id, after_s=0.0) for alert_id in urgent))
        alert_ids = await self._store.claim(self._after_s)
        await asyncio.gather(*(self._escalate(alert_id, self._after_s) for alert_id in alert_ids))

    async def _check_alive(self) -> None:
        """Show that this escalator runs, then check; keep whether Redis lets it."""
        try:
            await self._store.show_life()
            await self.check()
        except RedisError as error:
            self.redis_problem = f"Redis does not answer ({error})"
            raise
        self.redis_problem = None

    async def _escalate(self, alert_id: str, after_s: float) -> None:
        record = await self._alerts.get(alert_id)
        if record is None or not is_due(record, self._clock_ns(), after_s):
            await self._store.give_back(alert_id)
            return
        bed = await self._beds.bed(record.alert.stream_id)
        if record.alert.code in silenced(bed, self._clock_ns()):
            return  # it is checked again after the lease, as the patient may be back then
        escalation = escalation_of(record, self._clock_ns())
        problems = await self._notify(escalation)
        if problems:
            self.failed += 1
            await self._fail(record, escalation, problems)
            return  # this escalator keeps the claim for the rest of the lease; then one tries again
        self.notified += 1
        await self._alerts.note_escalation(alert_id, escalation.priority)
        await self._store.give_back(alert_id)

    async def _notify(self, escalation: Escalation) -> dict[str, str]:
        """Notify by every channel that has not delivered yet; the problems by channel."""
        notified = await self._store.notified(escalation.escalation_id)
        left = [name for name in self._channels if name not in notified]
        answers = await asyncio.gather(*(self._channels[name](escalation) for name in left), return_exceptions=True)
        problems = {}
        for name, answer in zip(left, answers, strict=True):
            if answer is None:
                await self._store.note_notified(escalation.escalation_id, name)
            elif isinstance(answer, Exception):  # any error: the channel failed, and the other alerts must not wait
                problems[name] = str(answer) if isinstance(answer, EscalationError) else repr(answer)
            else:
                raise answer
        return problems

    async def _fail(self, record: AlertRecord, escalation: Escalation, problems: dict[str, str]) -> None:
        channel, error = next(iter(problems.items()))
        _log.error("an alert was not escalated", alert_id=record.alert.alert_id, problems=problems)
        known = (await self._store.failures()).get(record.alert.alert_id)
        failure = failure_of(record.alert, escalation, channel, error)
        if known is not None and known.alert_id != failure.alert_id:
            await self._end(known)
        await self._store.add_failure(record.alert.alert_id, failure)
        await self._alerts.take(failure)

    async def _end_failures(self) -> None:
        """End the alerts on failed escalations that were delivered later, or whose alert was acknowledged."""
        for alert_id, failure in (await self._store.failures()).items():
            if not await self._store.waits(alert_id):
                await self._end(failure)
                await self._store.remove_failure(alert_id)

    async def _end(self, failure: Alert) -> None:
        record = await self._alerts.get(failure.alert_id)
        now_ns = self._clock_ns()
        await self._alerts.take(failure_ended(failure, record.raised_ns if record else now_ns, now_ns))
