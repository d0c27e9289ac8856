"""The kinds of dead letters, and the reasons for which a monitor refuses a valid chunk.

A monitor refuses a chunk that has no place in the signal of its stream.
"""

from typing import Final, Literal

from wardbeat.errors import CodecError, MisplacedError, NoEcgError, OversizedError

Refusal = Literal["late", "contradictory", "replaced"]
REFUSALS: Final[dict[Refusal, str]] = {
    "late": "it came after its place was given up as a gap; send chunks in order, and at once",
    "contradictory": "its samples came before with another content: two devices under one session id, or a count that "
    "began again; take a new session id at each start",
    "replaced": "another session has replaced its own, so a device that began later has the bed; take one of them off",
}
"""The reason and the next step for the person who runs the device, by kind."""
KINDS: Final = (CodecError.kind, OversizedError.kind, MisplacedError.kind, NoEcgError.kind, *REFUSALS)
"""Every kind of dead letter. An invalid record has the kind of its error, a refused chunk the kind of its refusal."""
