"""Records as the exploration reads them, made by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from training.explore.annotation_facts import AnnotationFacts
from training.explore.lead_facts import LeadFacts
from training.explore.record_facts import RecordFacts


def lead(name: str, *, missing: float = 0.0, poor: float = 0.0) -> LeadFacts:
    """A lead of 1 mV."""
    return LeadFacts(name, missing, 0.0, 1.0, 10, 0.0, poor, 1.0 - poor)


def record(  # noqa: PLR0913 # each with a default
    name: str,
    *,
    problem: str | None = None,
    beats: dict[str, int] | None = None,
    rhythms_s: dict[str, float] | None = None,
    rr_s: Sequence[float] = (),
    detected_rr_s: Sequence[float] = (),
    leads: Sequence[LeadFacts] = (),
    duration_s: float = 60.0,
    hashes: Sequence[int] = (),
) -> RecordFacts:
    """A record; with a problem it could not be read. Without ``beats`` it has no annotation file."""
    if problem:
        return RecordFacts(record=name, path=Path(name), problem=problem)
    known = beats is not None or rhythms_s is not None
    shown = list(leads) or [lead("ECG")]
    return RecordFacts(
        record=name,
        path=Path(name),
        readable=True,
        fs=250.0,
        duration_s=duration_s,
        leads=shown,
        gain=(200.0,) * len(shown),
        annotations=AnnotationFacts(beats or {}, {}, rhythms_s or {}, np.array(rr_s, np.float32), [], [])
        if known
        else None,
        detected_rr_s=np.array(detected_rr_s, np.float32),
        fingerprints=np.array(hashes, np.uint64),
    )
