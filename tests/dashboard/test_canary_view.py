"""What screens get of the canary."""

from dashboard.canary_view import canary_view
from wardbeat.care.canary import MissedProof, Proof


def test_a_proof_is_its_delay_and_its_time() -> None:
    view = canary_view(Proof("asystole", 85.0, 10_000_000_000, 16_100_000_000), None)
    assert (view.delay_s, view.shown_ms, view.missed) == (6.1, 16_100, None)


def test_before_the_first_proof_there_is_only_what_is_missing() -> None:
    assert canary_view(None, MissedProof(0, 200.0, "no test alert")).model_dump() == {
        "delay_s": None,
        "shown_ms": None,
        "missed": "no test alert",
    }
