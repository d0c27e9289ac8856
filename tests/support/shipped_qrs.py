"""The QRS network of the shipped bundle, for tests that build a monitor."""

from functools import cache

from models.bundle import shipped_bundle
from wardbeat.ecg.qrs.network import QrsNetwork, from_npz


@cache
def shipped_qrs() -> QrsNetwork:
    return from_npz((shipped_bundle() / "qrs.npz").read_bytes())
