"""Runs the monitor over many signals in several processes and keeps each signal with its findings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from training.evaluation.alerts.findings import MonitorFindings, MonitorRun, MonitorRunBatch, run_monitor
from training.evaluation.provenance import Bundles
from training.progress import Progress
from wardbeat.process_pool import run_jobs

SIGNALS_PER_JOB = 16
"""A job has two batches of the monitor, so that loading the networks costs little."""


class RunResult(NamedTuple):
    """A signal and the monitor's findings in it."""

    run: MonitorRun
    findings: MonitorFindings


@dataclass(frozen=True)
class MonitorRunner:
    """Runs the monitor over signals and keeps the results.

    It scores each signal with networks that have not seen its record, if the bundles have such networks.

    Attributes
    ----------
    folder : str
        Name of the folder of records, for the progress display.
    bundles : Bundles
    processes : int
    progress : Progress
    signals : dict of RunResult
        All signals up to now, by name.
    """

    folder: str
    bundles: Bundles
    processes: int
    progress: Progress
    signals: dict[str, RunResult] = field(default_factory=dict)

    def run(self, stage: str, runs: Mapping[str, Sequence[MonitorRun]]) -> dict[str, MonitorFindings]:
        """Run the monitor over signals; gives the findings by the signal's name.

        Parameters
        ----------
        stage : str
            Name of the stage, for the progress display.
        runs : mapping
            Signals by the name of the record that they come from.

        Raises
        ------
        RecordError
            If a signal can't be read.
        """
        by_bundle: dict[Path | None, list[MonitorRun]] = defaultdict(list)
        for record, record_runs in runs.items():
            by_bundle[self.bundles.path(record)] += record_runs
        batches = [
            MonitorRunBatch(group[begin : begin + SIGNALS_PER_JOB], bundle)
            for bundle, group in by_bundle.items()
            for begin in range(0, len(group), SIGNALS_PER_JOB)
        ]
        by_name = {run.name: run for group in by_bundle.values() for run in group}
        findings: dict[str, MonitorFindings] = {}
        with run_jobs(run_monitor, batches, self.processes) as results:
            for result in results:
                findings |= {one.name: one for one in result}
                self.progress(f"{self.folder}, {stage}", len(findings), len(by_name))
        findings = {name: findings[name] for name in by_name}  # the jobs end in any order
        self.signals.update({name: RunResult(by_name[name], one) for name, one in findings.items()})
        return findings
