"""Takes the signals out of a device's chunks that are no ECG by their names.

A device sends ECG leads. If it sends respiration beside them, the monitor must not count its waves as beats, and must
report ``lead_off`` when all ECG leads are off. Producers that read records have chosen already, perhaps as a person
wished, so only chunks of origin ``live`` are checked. A name that says nothing counts as a lead: the device knows.
"""

from functools import lru_cache

import msgspec
import numpy as np

from wardbeat.contracts.messages import EcgChunk
from wardbeat.ecg.chunking import shortened
from wardbeat.ecg.selection.choice import JudgedSignal, SourceSignal, why_no_lead
from wardbeat.errors import NoEcgError


def ecg_leads_of(chunk: EcgChunk) -> EcgChunk:
    """The chunk with its ECG leads alone; the others are in its ``left_out``.

    Raises
    ------
    NoEcgError
        If a device sends no ECG.
    """
    if chunk.origin != "live":
        return chunk
    rows, others = _judged(chunk.sig_name)
    if not others:
        return chunk
    if not rows:
        raise NoEcgError(
            f"chunk of stream {chunk.stream_id!r}: no signal is an ECG lead, {', '.join(others)} given; "
            "send ECG leads, under the names of leads"
        )
    return msgspec.structs.replace(
        chunk,
        sig_name=tuple(chunk.sig_name[row] for row in rows),
        gain=tuple(chunk.gain[row] for row in rows),
        baseline=tuple(chunk.baseline[row] for row in rows),
        samples=np.ascontiguousarray(chunk.d_signal()[list(rows)]).tobytes(),
        electrode_off=None if chunk.electrode_off is None else tuple(chunk.electrode_off[row] for row in rows),
        left_out=shortened((*chunk.left_out, *others)),
    )


@lru_cache(maxsize=1024)
def _judged(sig_name: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The rows of the leads, and the other signals with the reason."""
    signals = [SourceSignal(name, "mV", in_volts=True) for name in sig_name]
    reasons = [why_no_lead(signal, signals) for signal in signals]
    rows = tuple(row for row, reason in enumerate(reasons) if reason is None)
    return rows, tuple(
        str(JudgedSignal(name, reason)) for name, reason in zip(sig_name, reasons, strict=True) if reason
    )
