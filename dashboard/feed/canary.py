"""The canary on the screens: takes it out of the beds, notes its proofs, and judges the last one.

A proof is noted here because this is where an alert has passed everything that the alert of a patient passes.
"""

from collections.abc import Callable, Iterable

from dashboard.canary_view import canary_view
from dashboard.views import WardView
from wardbeat.care.alert_lifecycle import AlertRecord
from wardbeat.care.canary import Proof, missed_proof, proof_of
from wardbeat.clock import unix_ns
from wardbeat.contracts.canary import is_canary
from wardbeat.store.live_store import LiveStore


class CanaryFeed:
    """The canary of a dashboard.

    Parameters
    ----------
    store : LiveStore
    on : bool
        Whether the ward has a canary; without one, nothing is judged.
    clock_ns : callable
        Unix time in nanoseconds.
    """

    def __init__(self, store: LiveStore, *, on: bool, clock_ns: Callable[[], int] = unix_ns) -> None:
        self._store = store
        self._on = on
        self._clock_ns = clock_ns
        self._since_ns = clock_ns()
        self._proof: Proof | None = None

    async def note(self, records: Iterable[AlertRecord]) -> None:
        """Write the proofs among alerts that the screens get now.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        for record in records:
            proof = proof_of(record.alert, self._clock_ns())
            if proof is not None:
                await self._store.write_proof(proof)

    async def read(self) -> None:
        """Read the last proof, of any dashboard.

        Raises
        ------
        RedisError
            If Redis is away.
        """
        if self._on:
            self._proof = await self._store.proof()

    def add_to(self, ward: WardView) -> WardView:
        """The ward with the canary beside its beds."""
        bed = next((bed for bed in ward.beds if is_canary(bed.stream_id)), None)
        beds = [bed for bed in ward.beds if not is_canary(bed.stream_id)]
        if not self._on:
            return ward.model_copy(update={"beds": beds})
        missed = missed_proof(self._proof, self._since_ns, self._clock_ns())
        marked = bed and bed.model_copy(update={"origin": "canary"})
        canary = canary_view(self._proof, missed)
        return ward.model_copy(update={"beds": beds, "canary": canary, "canary_bed": marked})
