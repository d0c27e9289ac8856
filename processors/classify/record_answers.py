"""The answer about one record: the networks of twelve leads, and the ward's own monitor over the whole record."""

from collections import Counter
from typing import Final

import numpy as np

from models.classify.twelve_lead import TwelveLeadClassifier, resampled
from models.runtime import Runtime
from processors.classify.answers import AlertFound, LeadStrip, MonitorAnswer, RecordResult, RhythmFound
from processors.classify.classifiers import Lazy
from processors.classify.lead_answers import ask_networks, lead_row
from processors.classify.uploaded_record import UploadedRecord
from processors.monitor.patient_monitor import config_of
from processors.offline.annotate import Annotations, annotate
from wardbeat.contracts.alert_codes import words_of

STRIP_S: Final = 10.0
"""What the networks of twelve leads read, and an ECG page shows."""
STRIP_HZ: Final = 250.0


def classify_record(twelve_lead: Lazy[TwelveLeadClassifier], networks: Runtime, record: UploadedRecord) -> RecordResult:
    """The answer about a record."""
    found = ask_networks(twelve_lead.get, record.p_signal, record.sig_name, record.fs)
    row = lead_row(found)
    return RecordResult(
        record=record.name,
        leads=list(record.sig_name),
        left_out=list(record.left_out),
        fs_hz=record.fs,
        duration_s=round(record.duration_s, 3),
        superclasses=row.superclasses,
        found=None if found.answer is None else list(found.answer.found),
        abnormal=row.abnormal,
        rhythm=row.rhythm,
        reason=found.reason,
        monitor=monitor_findings(networks, record),
        strips=lead_strips(record),
    )


def monitor_findings(networks: Runtime, record: UploadedRecord) -> MonitorAnswer:
    """What the ward's monitor finds, as ``wardbeat annotate`` does."""
    config = config_of(networks.manifest.thresholds)
    ((_, found),) = annotate([record], networks, config=config)
    rates = [status.hr_bpm for status in found.status if status.hr_bpm is not None]
    return MonitorAnswer(
        beats=dict(sorted(Counter(beat.symbol for beat in found.beats).items())),
        rhythms=_rhythms(found),
        alerts=_alerts(found),
        mean_hr_bpm=round(float(np.mean(rates)), 1) if rates else None,
    )


def lead_strips(record: UploadedRecord) -> list[LeadStrip]:
    """The first ten seconds of each lead, at 250 Hz at most."""
    signal = record.p_signal[:, : round(STRIP_S * record.fs)]
    valid = np.isfinite(signal)
    fs_hz = min(record.fs, STRIP_HZ)
    n = max(1, int(signal.shape[1] * fs_hz / record.fs))
    at = np.minimum((np.arange(n) * record.fs / fs_hz).round().astype(int), signal.shape[1] - 1)
    drawn = resampled(np.where(valid, signal, 0.0), record.fs, fs_hz, n)
    return [
        LeadStrip(
            lead=name,
            fs_hz=fs_hz,
            mv=[round(value, 3) if ok else None for value, ok in zip(values, shown, strict=True)],
        )
        for name, values, shown in zip(record.sig_name, drawn.tolist(), valid[:, at].tolist(), strict=True)
    ]


def _rhythms(found: Annotations) -> list[RhythmFound]:
    return [RhythmFound(start_s=round(one.sample / found.fs, 2), rhythm=one.rhythm) for one in found.rhythms]


def _alerts(found: Annotations) -> list[AlertFound]:
    return [
        AlertFound(
            code=alert.code,
            words=words_of(alert.code),
            priority=alert.priority,
            onset_s=round(alert.onset_s, 2),
            ended_s=None if alert.ended_s is None else round(alert.ended_s, 2),
        )
        for alert in found.alerts.values()
    ]
