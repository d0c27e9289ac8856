"""Scores the test waveforms of the standard: the displayed heart rate, and the seconds until the alert."""

from functools import partial

import msgspec

from training.evaluation.alerts.findings import MonitorFindings, MonitorRun
from training.evaluation.alerts.scores.heart_rate import within_tolerance
from wardbeat.ecg.waveforms import GAINS, WAVEFORMS, waveform_record

ALERT_WITHIN_S = 10.0
RATE_FROM_S = 10.0
"""From 10 s after the onset on, the displayed rate must be right: EC13 allows 10 s for a step."""
EQUIVALENT = {
    "bradycardia": ("bradycardia", "extreme_bradycardia"),
    "ventricular_tachycardia": ("ventricular_tachycardia", "ventricular_fibrillation"),
}
"""A more urgent alert than the expected one also counts: it replaces the expected one on a bed."""


class WaveformRow(msgspec.Struct, frozen=True):
    """One waveform at one gain.

    Attributes
    ----------
    waveform : str
    gain : float
    expected_bpm : float or None
        None: the waveform has no QRS complex, so the monitor must not display a rate.
    shown_bpm : (float, float) or None
        The lowest and the highest displayed rate from ``RATE_FROM_S`` after the onset; None without one.
    rate_right : bool
        Whether the rate was displayed and right at all these seconds, or at none if no rate is expected.
    expected_code : str or None
    raised_s : float or None
        Seconds from the onset until that alert.
    other_codes : list of str
        Codes of other alerts of high or medium priority in the whole waveform.
    right : bool
        Whether both are right: the rate, and the alert within ``ALERT_WITHIN_S``.
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
    """The monitor runs of all waveforms, each tachycardia at every gain, by (waveform, gain)."""
    return {
        (name, gain): MonitorRun(waveform_signal(name, gain), partial(waveform_record, name, gain=gain))
        for name, waveform in WAVEFORMS.items()
        for gain in (GAINS if waveform.rhythm == "(VT" else (1.0,))
    }


def waveform_signal(name: str, gain: float) -> str:
    """The name of the signal of a waveform at a gain."""
    return f"{name} x{gain:g}"


def score_waveform(name: str, gain: float, findings: MonitorFindings) -> WaveformRow:
    """Score the monitor's findings in a waveform."""
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
        else (len(shown) == len(later) > 0 and all(within_tolerance(bpm, expected_bpm) for bpm in shown))
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
