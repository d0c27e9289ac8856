"""Who hears which signal, and what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from training.evaluation.alerts.observations import MonitorFindings, MonitorRun, MonitorRunBatch, run_monitor
from training.evaluation.provenance import Bundles
from training.progress import Progress
from wardbeat.process_pool import run_jobs

SIDE_BY_SIDE = 16
"""Signals a job: two batches of the monitor, so that loading the networks costs little."""


class RunResult(NamedTuple):
    """A signal, and what was heard in it."""

    run: MonitorRun
    findings: MonitorFindings


@dataclass(frozen=True)
class MonitorRunner:
    """Has signals heard, each by networks that have not seen its record where there are such; keeps what was heard."""

    folder: str
    bundles: Bundles
    processes: int
    progress: Progress
    signals: dict[str, RunResult] = field(default_factory=dict)

    def run(self, stage: str, runs: Mapping[str, Sequence[MonitorRun]]) -> dict[str, MonitorFindings]:
        """What was heard in each signal, by its name; they are given by the record that they are made of.

        Raises
        ------
        RecordError
            If one can't be read.
        """
        by_bundle: dict[Path | None, list[MonitorRun]] = defaultdict(list)
        for record, of_record in runs.items():
            by_bundle[self.bundles.path(record)] += of_record
        tasks = [
            MonitorRunBatch(group[begin : begin + SIDE_BY_SIDE], bundle)
            for bundle, group in by_bundle.items()
            for begin in range(0, len(group), SIDE_BY_SIDE)
        ]
        named = {run.name: run for group in by_bundle.values() for run in group}
        findings: dict[str, MonitorFindings] = {}
        with run_jobs(run_monitor, tasks, self.processes) as results:
            for found in results:
                findings |= {one.name: one for one in found}
                self.progress(f"{self.folder}, {stage}", len(findings), len(named))
        findings = {name: findings[name] for name in named}  # whichever was ready first
        self.signals.update({name: RunResult(named[name], one) for name, one in findings.items()})
        return findings
