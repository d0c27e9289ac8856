"""Judges the canary's proofs: raises and ends ``canary_missed``, and pings an outside watch after each proof in time.

It runs with the escalation: if worker, dashboard or producer fail, it is still there. If it fails as well, no ping
comes, and the outside watch notices.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import httpx
import structlog

from processors.escalation.check_loop import check_until
from wardbeat.care.canary import Proof, changes, missed_proof
from wardbeat.contracts.alert_codes import SYSTEM
from wardbeat.contracts.canary import LIMIT_S
from wardbeat.errors import EscalationError
from wardbeat.store.alert_store import AlertStore
from wardbeat.store.live_store import LiveStore

PING_TIMEOUT_S: Final = 5.0
_NS_PER_S: Final = 1_000_000_000

Ping = Callable[[], Awaitable[None]]
"""Calls the outside watch, or raises an EscalationError."""

_log = structlog.get_logger(__name__)


def ping_url(url: str) -> Ping:
    """A ping by GET. The URL may contain a token, so no log line and no error names it."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the URL of each request
    certificates = ssl.create_default_context()

    async def ping() -> None:
        try:
            async with httpx.AsyncClient(verify=certificates, timeout=PING_TIMEOUT_S) as client:
                answer = await client.get(url)
        except httpx.HTTPError as error:
            raise EscalationError(f"canary's ping: no answer ({type(error).__name__}); see to it") from error
        if not answer.is_success:
            raise EscalationError(f"canary's ping: answer {answer.status_code}; see to WARDBEAT_CANARY_PING_URL")

    return ping


class CanaryWatch:
    """Watches the proofs in Redis. Several may run: they raise the same alert, and each pings.

    Parameters
    ----------
    alerts : AlertStore
    live : LiveStore
    ping : Ping or None
        None: no outside watch.
    clock_ns : callable
        Unix time in nanoseconds.

    Attributes
    ----------
    proof : Proof or None
        The last one.
    pings_failed : int
        Pings that the outside watch did not answer.
    """

    def __init__(self, alerts: AlertStore, live: LiveStore, ping: Ping | None, clock_ns: Callable[[], int]) -> None:
        self._alerts = alerts
        self._live = live
        self._ping = ping
        self._clock_ns = clock_ns
        self._since_ns: int | None = None
        self._pinged_ns = 0
        self.proof: Proof | None = None
        self.pings_failed = 0

    @property
    def age_s(self) -> float | None:
        """The age of the last proof in s; None without one."""
        return None if self.proof is None else (self._clock_ns() - self.proof.shown_ns) / _NS_PER_S

    @property
    def delay_s(self) -> float | None:
        """The time from the injected onset to the alert of the last proof in s; None without one."""
        return None if self.proof is None else self.proof.delay_s

    async def run(self, stop: asyncio.Event) -> None:
        """Check every second until ``stop`` is set. While Redis is away there is no proof, and so no ping."""
        await check_until(stop, self.check, "the canary is not judged")

    async def check(self) -> None:
        """Judge the last proof now."""
        self.proof = await self._live.proof()
        now_ns = self._clock_ns()
        if self.proof is not None:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = now_ns
        missed = missed_proof(self.proof, self._since_ns or now_ns, now_ns)
        if self.proof is None and missed is None:
            return  # an escalator that has just started must not end what another one has raised
        open_alerts = [record.alert for record in await self._alerts.open_of(SYSTEM)]
        for alert in changes(missed, open_alerts, now_ns):
            await self._alerts.take(alert)
        if missed is None:
            await self._ping_once()

    async def _ping_once(self) -> None:
        """Ping if the last proof is in time and not reported yet. A failed ping is not repeated: the next is near."""
        proof = self.proof
        if self._ping is None or proof is None or proof.onset_ns <= self._pinged_ns or proof.delay_s > LIMIT_S:
            return
        self._pinged_ns = proof.onset_ns
        try:
            await self._ping()
        except EscalationError as error:
            self.pings_failed += 1
            _log.warning("the outside watch was not reached", error=str(error))
