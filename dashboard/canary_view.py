"""What screens show of the canary's proofs."""

from pydantic import BaseModel

from wardbeat.care.canary import MissedProof, Proof

_NS_PER_MS = 1_000_000


class CanaryView(BaseModel):
    """The last proof by the canary, and whether one is missing.

    ``delay_s`` is the time from the injected onset to its alert, ``shown_ms`` the Unix time of this alert; both are
    None before the first proof. ``missed`` is the proof that is missing or late, in words; None if all is well.
    """

    delay_s: float | None
    shown_ms: int | None
    missed: str | None


def canary_view(proof: Proof | None, missed: MissedProof | None) -> CanaryView:
    """The view of the last proof."""
    return CanaryView(
        delay_s=None if proof is None else proof.delay_s,
        shown_ms=None if proof is None else proof.shown_ns // _NS_PER_MS,
        missed=None if missed is None else missed.words,
    )
