"""The ECG of the canary: one cycle of its schedule, drawn with the complexes of EC13."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

import numpy as np

from wardbeat.contracts.canary import CYCLE, Heart, Stage
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.ecg.synthetic import SyntheticRecord
from wardbeat.ecg.waveforms import WAVEFORMS, Part, drawn_record

_TURNS: Final = {
    "normal": WAVEFORMS["step_80_40"].parts[0].turns,
    "ventricular_tachycardia": WAVEFORMS["tachycardia_4b"].parts[1].turns,
    "asystole": (),
    "slow": WAVEFORMS["step_80_40"].parts[1].turns,
    "lead_off": (),
}  # fmt: skip
_AUX: Final[dict[Heart, str]] = {
    "normal": "(N", "ventricular_tachycardia": "(VT", "asystole": "(ASYS", "slow": "(SBR", "lead_off": "(NOISE",
}  # fmt: skip


def canary_record(stages: Sequence[Stage] = CYCLE, fs: float = 250.0) -> SyntheticRecord:
    """One session of the canary as a record of one lead; the same at each call.

    While the lead is off, the samples are invalid.
    """
    ends = [round(end_s * fs) for end_s in accumulate(stage.duration_s for stage in stages)]
    starts = [0, *ends[:-1]]
    parts = [Part(stage.duration_s, _TURNS[stage.heart]) for stage in stages]
    rhythms = (ReferenceRhythm(start, _AUX[stage.heart]) for stage, start in zip(stages, starts, strict=True))
    record = drawn_record("canary", parts, tuple(rhythms), fs)
    p_signal = record.p_signal.copy()
    for stage, start, end in zip(stages, starts, ends, strict=True):
        if stage.heart == "lead_off":
            p_signal[:, start:end] = np.nan
    return replace(record, p_signal=p_signal)
