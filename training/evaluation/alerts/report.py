"""The report of an evaluation of alerts: JSON for machines."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

import wardbeat
from training.evaluation.alerts.evaluate import AlertEvaluation

REPORT = "report.json"


class Report(msgspec.Struct, frozen=True):
    """What report.json holds; ``created`` is in UTC."""

    wardbeat: str
    created: str
    evaluation: AlertEvaluation


def write_report(folder: Path, evaluation: AlertEvaluation) -> Report:
    """Write the report into an empty folder."""
    report = Report(wardbeat.__version__, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), evaluation)
    (folder / REPORT).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    return report
