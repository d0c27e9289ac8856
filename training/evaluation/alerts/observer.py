"""Who hears which signal, and what came of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from training.evaluation.alerts.observations import Heard, Hearing, HearingTask, hear
from training.evaluation.provenance import Bundles
from training.progress import Progress
from wardbeat.process_pool import run_jobs

SIDE_BY_SIDE = 16
"""Signals a job: two batches of the monitor, so that loading the networks costs little."""


class Signal(NamedTuple):
    """A signal, and what was heard in it."""

    hearing: Hearing
    heard: Heard


@dataclass(frozen=True)
class Listener:
    """Has signals heard, each by networks that have not seen its record where there are such; keeps what was heard."""

    folder: str
    bundles: Bundles
    processes: int
    progress: Progress
    signals: dict[str, Signal] = field(default_factory=dict)

    def hear(self, stage: str, hearings: Mapping[str, Sequence[Hearing]]) -> dict[str, Heard]:
        """What was heard in each signal, by its name; they are given by the record that they are made of.

        Raises
        ------
        RecordError
            If one can't be read.
        """
        by_bundle: dict[Path | None, list[Hearing]] = defaultdict(list)
        for record, of_record in hearings.items():
            by_bundle[self.bundles.path(record)] += of_record
        tasks = [
            HearingTask(group[begin : begin + SIDE_BY_SIDE], bundle)
            for bundle, group in by_bundle.items()
            for begin in range(0, len(group), SIDE_BY_SIDE)
        ]
        named = {hearing.name: hearing for group in by_bundle.values() for hearing in group}
        heard: dict[str, Heard] = {}
        with run_jobs(hear, tasks, self.processes) as results:
            for found in results:
                heard |= {one.name: one for one in found}
                self.progress(f"{self.folder}, {stage}", len(heard), len(named))
        heard = {name: heard[name] for name in named}  # whichever was ready first
        self.signals.update({name: Signal(named[name], one) for name, one in heard.items()})
        return heard
