"""The canary: a synthetic patient that runs through the production path, so that everybody sees that alerts arrive.

Its schedule is all that its producer and its judges share: an alert names the sample of its decision, so the time since
the injected onset follows from the schedule, without a message between the processes.
"""

from itertools import accumulate
from typing import Final, Literal, NamedTuple

CANARY: Final = "wardbeat-canary"
"""The stream of the canary. No chunk of another origin may have this name, and no other stream this origin."""
CANARY_MISSED: Final = "canary_missed"
"""The code of the alert on a proof that is missed or late."""
LIMIT_S: Final = 10.0
"""The longest time from an injected onset to its alert: that of EC13 for rates and tachycardias."""
Heart = Literal["normal", "ventricular_tachycardia", "asystole", "slow", "lead_off"]


class Stage(NamedTuple):
    """What the canary's heart does for ``duration_s``, and the code of the alert that must follow; None for none."""

    heart: Heart
    duration_s: float
    code: str | None = None


class InjectedOnset(NamedTuple):
    """An injected onset: the code of its alert, and its time in seconds from the start of the session."""

    code: str
    onset_s: float


CYCLE: Final = (
    Stage("normal", 40.0),  # 30 s of them are learning, in which no alert on ventricular beats is raised
    Stage("ventricular_tachycardia", 15.0, "ventricular_tachycardia"),
    Stage("normal", 30.0),
    Stage("asystole", 10.0, "asystole"),
    Stage("normal", 30.0),
    Stage("slow", 20.0, "bradycardia"),
    Stage("normal", 30.0),
    Stage("lead_off", 15.0, "lead_off"),
    Stage("normal", 5.0),
)
"""The stages of one session, repeated for ever. Our choice: a proof every 40 to 60 s, so that a fault is noticed within
70 s, and enough normal heart between two onsets for the alert to end."""
CYCLE_S: Final = sum(stage.duration_s for stage in CYCLE)
INJECTIONS: Final = tuple(
    InjectedOnset(stage.code, end_s - stage.duration_s)
    for stage, end_s in zip(CYCLE, accumulate(stage.duration_s for stage in CYCLE), strict=True)
    if stage.code is not None
)
"""The injected onsets of a cycle."""


def is_canary(stream_id: str) -> bool:
    """Whether a stream is the canary, and so no patient."""
    return stream_id == CANARY
