"""What goes wrong in a chaos run: the kinds of fault, and a plan of them that follows from its seed alone."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple


class Kind(NamedTuple):
    """A kind of fault.

    ``target`` is what it strikes, ``lasts_s`` between how many and how many seconds it takes until that is started
    again, thawed or well. ``nobody_else`` says that there is only one of what it takes away, so that no ward could go
    on meanwhile: the time itself is no gap of ours, all that it takes to come back is.
    """

    words: str
    target: str
    lasts_s: tuple[float, float]
    nobody_else: bool = False


KINDS: Final[dict[str, Kind]] = {
    "worker_killed": Kind("a worker is killed, and started again", "worker", (0.0, 5.0)),
    "worker_stopped": Kind("a worker is stopped in order, and started again", "worker", (1.0, 5.0)),
    "worker_added": Kind("one more worker comes, and is stopped in order", "extra", (15.0, 30.0)),
    "worker_clock_stepped": Kind("a worker's clock jumps, and back again", "worker", (10.0, 20.0)),
    "worker_frozen": Kind("a worker stands still, is taken for dead, and goes on", "worker", (8.0, 15.0)),
    "node_killed": Kind("a Kafka node is killed, and started again", "node", (3.0, 15.0)),
    "node_frozen": Kind("a Kafka node stands still", "node", (4.0, 20.0)),
    "redis_killed": Kind("Redis is killed, and started again", "redis", (0.0, 2.0), nobody_else=True),
    "redis_gone": Kind("Redis is gone for up to a minute", "redis", (30.0, 60.0), nobody_else=True),
    "redis_frozen": Kind("Redis stands still", "redis", (5.0, 15.0), nobody_else=True),
    "redis_slow": Kind("Redis takes 0.2 s for every answer", "redis", (10.0, 20.0)),
    "redis_memory_full": Kind("Redis has no memory left for a write", "redis", (5.0, 15.0), nobody_else=True),
    "redis_disk_full": Kind("Redis' disk is full: it dies at its first write", "redis", (5.0, 15.0), nobody_else=True),
    "producer_killed": Kind("the producer is killed, and started again", "producer", (0.0, 3.0), nobody_else=True),
}
CLOCK_STEP_S: Final = (-300.0, 300.0)
"""A clock that somebody has set wrong. Kafka refuses records of more than an hour ahead."""
RECOVERY_S: Final = 20.0
"""Between the end of a fault and the next, so that each is seen by itself."""
QUIET_BEFORE: Final = 0.08
QUIET_AFTER: Final = 0.08
"""Shares of the run that are left undisturbed."""


class Fault(NamedTuple):
    """One fault: when, in seconds of the run, what, to which of its kind, for how long.

    ``step_s`` is how far a clock jumps; 0 for everything else.
    """

    at_s: float
    kind: str
    target: int
    lasts_s: float
    step_s: float = 0.0

    @property
    def ends_s(self) -> float:
        return self.at_s + self.lasts_s

    @property
    def words(self) -> str:
        kind = KINDS[self.kind]
        number = f" ({kind.target} {self.target + 1})" if kind.target in {"worker", "node"} else ""
        step = f" by {self.step_s:+.0f} s" if self.step_s else ""
        return f"{kind.words}{step}{number}"


def plan_faults(
    seed: int, n_faults: int, duration_s: float, *, workers: int, nodes: int, kinds: Sequence[str] = tuple(KINDS)
) -> list[Fault]:
    """So many faults, one after the other, each kind once before any comes twice.

    Parameters
    ----------
    seed : int
        The same seed and numbers give the same plan.
    n_faults : int
    duration_s : float
        Of the run; where it is short, faults and the time between them are shortened alike.
    workers, nodes : int
        How many there are to strike.
    kinds : sequence of str, optional
        Of ``KINDS``.
    """
    rng = random.Random(seed)  # noqa: S311 # a plan, no secret
    deck: list[str] = []
    while len(deck) < n_faults:
        deck += rng.sample(kinds, len(kinds))
    deck = deck[:n_faults]
    lengths_s = [rng.uniform(*KINDS[kind].lasts_s) for kind in deck]
    usable_s = duration_s * (1 - QUIET_BEFORE - QUIET_AFTER)
    scale = min(1.0, usable_s / (sum(lengths_s) + n_faults * RECOVERY_S)) if n_faults else 1.0
    spare_s = usable_s - scale * (sum(lengths_s) + n_faults * RECOVERY_S)
    moved_s = sorted(rng.uniform(0, spare_s) for _ in deck)
    targets = {"worker": workers, "node": nodes}
    faults, begin_s = [], duration_s * QUIET_BEFORE
    for kind, length_s, later_s in zip(deck, lengths_s, moved_s, strict=True):
        faults.append(
            Fault(
                at_s=round(begin_s + later_s, 1),
                kind=kind,
                target=rng.randrange(targets.get(KINDS[kind].target, 1)),
                lasts_s=round(scale * length_s, 1),
                step_s=round(rng.choice(CLOCK_STEP_S)) if kind == "worker_clock_stepped" else 0.0,
            )
        )
        begin_s += scale * (length_s + RECOVERY_S)
    return faults
