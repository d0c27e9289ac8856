"""What the monitor makes of the standard's test waveforms: the heart rate shown, and seconds to the alert."""

from functools import partial

import msgspec

from training.evaluation.alerts.observations import MonitorFindings, MonitorRun
from training.evaluation.alerts.scores.heart_rate import is_right
from wardbeat.ecg.waveforms import GAINS, WAVEFORMS, waveform_record

ALERT_WITHIN_S = 10.0
RATE_FROM_S = 10.0
"""How long after the onset a rate is to be right from then on: EC13 allows 10 s for a step."""
EQUIVALENT = {
    "bradycardia": ("bradycardia", "extreme_bradycardia"),
    "ventricular_tachycardia": ("ventricular_tachycardia", "ventricular_fibrillation"),
}
"""An alert that is more urgent than the one expected will do: it hides that one."""


class WaveformRow(msgspec.Struct, frozen=True):
    """One waveform at one gain.

    Attributes
    ----------
    waveform : str
    gain : float
    expected_bpm : float or None
        None: no QRS complex may be counted.
    shown_bpm : (float, float) or None
        The lowest and the highest rate shown from ``RATE_FROM_S`` after the onset; None if none was.
    rate_right : bool
        Whether it was shown and right at all those seconds, or at none where none may be.
    expected_code : str or None
    raised_s : float or None
        From the onset until that alert.
    other_codes : list of str
        Other alerts of high or medium priority in all of it.
    right : bool
        Rate and alert, the latter within ``ALERT_WITHIN_S``.
    """

    waveform: str
    gain: float
    expected_bpm: float | None
    shown_bpm: tuple[float, float] | None
    rate_right: bool
    expected_code: str | None
    raised_s: float | None
    other_codes: list[str]
    right: bool


def waveform_runs() -> dict[tuple[str, float], MonitorRun]:
    """All waveforms, each tachycardia at every gain."""
    return {
        (name, gain): MonitorRun(waveform_signal(name, gain), partial(waveform_record, name, gain=gain))
        for name, waveform in WAVEFORMS.items()
        for gain in (GAINS if waveform.rhythm == "(VT" else (1.0,))
    }


def waveform_signal(name: str, gain: float) -> str:
    """What a waveform at a gain is called."""
    return f"{name} x{gain:g}"


def score_waveform(name: str, gain: float, findings: MonitorFindings) -> WaveformRow:
    """What was heard of a waveform."""
    waveform = WAVEFORMS[name]
    codes = EQUIVALENT.get(waveform.alert or "", (waveform.alert,))
    later = [bpm for t_s, bpm in findings.hr_bpm if t_s > waveform.onset_s + RATE_FROM_S]
    shown = [bpm for bpm in later if bpm is not None]
    raised_s = min(
        (
            max(0.0, alert.raised_s - waveform.onset_s)
            for alert in findings.alerts
            if alert.code in codes and findings.condition(alert).stop_s > waveform.onset_s
        ),
        default=None,
    )
    expected_bpm = waveform.hr_bpm
    rate_right = (
        not shown
        if expected_bpm is None
        else (len(shown) == len(later) > 0 and all(is_right(bpm, expected_bpm) for bpm in shown))
    )
    others = {alert.code for alert in findings.alerts if alert.priority != "low" and alert.code not in codes}
    in_time = waveform.alert is None or (raised_s is not None and raised_s <= ALERT_WITHIN_S)
    return WaveformRow(
        name, gain, expected_bpm,
        (min(shown), max(shown)) if shown else None,
        rate_right,
        waveform.alert,
        None if raised_s is None else round(raised_s, 3),
        sorted(others),
        rate_right and in_time,
    )  # fmt: skip
