"""What takes long only once, done before the first patient waits for it."""

import gc

from processors.ward.ward import Networks, Ward
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.synthetic import synthetic_record

WARM_UP_S = 20.0
"""Long enough for beats and windows to be asked for, in sample time."""


def warm_up(networks: Networks) -> None:
    """Run a synthetic patient through a ward of its own: compiles the kernels, lets each network answer once.

    What is there by then is there for good, and is left out of garbage collection, which would go through it again and
    again (7 % of the monitor's time).
    """
    record = synthetic_record("sinus", WARM_UP_S)
    Ward(networks).take(record_chunks(record, stream_id="warm-up", session_id="warm-up", origin="synthetic"))
    gc.collect()
    gc.freeze()
