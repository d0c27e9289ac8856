"""The kinds of fault of a chaos run, and the plan of faults, which depends on the seed only."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple


class FaultKind(NamedTuple):
    """A kind of fault.

    Attributes
    ----------
    description : str
    target : str
        The part of the ward that fails.
    lasts_s : (float, float)
        Shortest and longest duration in s until the part runs again.
    irreplaceable : bool
        Whether the ward has only one such part, so that it cannot work meanwhile. The duration of such a fault is no
        gap of the product; the time of the recovery is.
    """

    description: str
    target: str
    lasts_s: tuple[float, float]
    irreplaceable: bool = False


KINDS: Final[dict[str, FaultKind]] = {
    "worker_killed": FaultKind("a worker is killed, and started again", "worker", (0.0, 5.0)),
    "worker_stopped": FaultKind("a worker is stopped gracefully, and started again", "worker", (1.0, 5.0)),
    "worker_added": FaultKind("another worker is started, and stopped gracefully", "extra", (15.0, 30.0)),
    "worker_clock_stepped": FaultKind("a worker's clock jumps, and jumps back", "worker", (10.0, 20.0)),
    "worker_frozen": FaultKind("a worker freezes, is taken for dead, and continues", "worker", (8.0, 15.0)),
    "node_killed": FaultKind("a Kafka node is killed, and started again", "node", (3.0, 15.0)),
    "node_frozen": FaultKind("a Kafka node freezes", "node", (4.0, 20.0)),
    "redis_killed": FaultKind("Redis is killed, and started again", "redis", (0.0, 2.0), irreplaceable=True),
    "redis_gone": FaultKind("Redis is down for up to a minute", "redis", (30.0, 60.0), irreplaceable=True),
    "redis_frozen": FaultKind("Redis freezes", "redis", (5.0, 15.0), irreplaceable=True),
    "redis_slow": FaultKind("Redis takes 0.2 s for every answer", "redis", (10.0, 20.0)),
    "redis_memory_full": FaultKind("Redis has no memory for a write", "redis", (5.0, 15.0), irreplaceable=True),
    "redis_disk_full": FaultKind(
        "Redis' disk is full: it dies at its first write", "redis", (5.0, 15.0), irreplaceable=True
    ),
    "producer_killed": FaultKind(
        "the producer is killed, and started again", "producer", (0.0, 3.0), irreplaceable=True
    ),
}
CLOCK_STEP_S: Final = (-300.0, 300.0)
"""A clock is set wrong by 5 min. Kafka refuses records with times more than an hour ahead."""
RECOVERY_S: Final = 20.0
"""Time between the end of a fault and the next one, so that we see the effect of each."""
QUIET_BEFORE: Final = 0.08
QUIET_AFTER: Final = 0.08
"""Proportions of the run without faults at its start and end."""


class Fault(NamedTuple):
    """One fault: its start in s of the run, its kind, the index of its target, its duration in s.

    ``step_s`` is the jump of a clock in s; 0 for all other kinds.
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
    def description(self) -> str:
        kind = KINDS[self.kind]
        number = f" ({kind.target} {self.target + 1})" if kind.target in {"worker", "node"} else ""
        step = f" by {self.step_s:+.0f} s" if self.step_s else ""
        return f"{kind.description}{step}{number}"


def plan_faults(
    seed: int, n_faults: int, duration_s: float, *, workers: int, nodes: int, kinds: Sequence[str] = tuple(KINDS)
) -> list[Fault]:
    """Plan ``n_faults`` faults, one after the other; each kind comes once before any comes twice.

    Parameters
    ----------
    seed : int
        The same seed and arguments give the same plan.
    n_faults : int
    duration_s : float
        Duration of the run; in a short run the faults and the times between them are scaled down.
    workers, nodes : int
        Numbers of workers and of Kafka nodes.
    kinds : sequence of str, optional
        Keys of ``KINDS``.
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
