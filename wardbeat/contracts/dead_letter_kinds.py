"""Why a monitor refuses a chunk that is valid in itself: it has no place in the signal of its stream.

Beside it, all kinds of dead letters.
"""

from typing import Final, Literal

from wardbeat.errors import CodecError, MisplacedError, OversizedError

Refusal = Literal["late", "contradictory", "replaced"]
REFUSALS: Final[dict[Refusal, str]] = {
    "late": "it came after its place was given up as a gap; send chunks in order, and at once",
    "contradictory": "its samples came before with another content: two devices under one session id, or a count that "
    "began again; take a new session id at each start",
    "replaced": "another session has replaced its own, so a device that began later has the bed; take one of them off",
}
"""In words, for whoever runs the device."""
KINDS: Final = (CodecError.kind, OversizedError.kind, MisplacedError.kind, *REFUSALS)
"""What is wrong with a dead letter, in one word."""
