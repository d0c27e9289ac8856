"""The warm-up: everything that is slow only the first time runs before the first patient needs it."""

import gc

from processors.ward.network_batches import Networks
from processors.ward.ward import Ward
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_record

WARM_UP_S = 20.0
"""Seconds of signal: enough for requests to every network."""


def warm_up(networks: Networks) -> None:
    """Run a synthetic patient through a ward of its own: this compiles the kernels and runs each network once.

    After it, the objects that exist are excluded from garbage collection. They stay for good, and the collector would
    visit them again and again (7 % of the monitor's time).
    """
    record = synthetic_record("sinus", WARM_UP_S)
    Ward(networks).take(record_chunks(record, stream_id="warm-up", session_id="warm-up", origin="synthetic"))
    gc.collect()
    gc.freeze()
