"""The whole exploration: reads the records of each folder in several processes and puts them together."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from training.explore.cautions import cautions
from training.explore.data_set import DataSet, data_set
from training.explore.duplicates import Duplicates, SetOfRecords, find_duplicates
from training.explore.record_facts import RecordFacts, RecordsJob, explore_records
from training.explore.tables import read_table
from training.progress import Progress
from wardbeat.ecg.io.records import find_records
from wardbeat.errors import RecordError
from wardbeat.process_pool import run_jobs

JOBS_A_PROCESS = 12
"""So that the processes end at about the same time, and the progress moves."""
MOST_IN_JOB = 64


class Explored(NamedTuple):
    """What was found: the data sets, what they were made from, and what is in them more than once."""

    sets: list[DataSet]
    records: list[SetOfRecords]
    duplicates: Duplicates


def explore(folders: Sequence[Path], processes: int, progress: Progress) -> Explored:
    """Read the records of folders.

    Parameters
    ----------
    folders : sequence of Path
        Each is a data set.
    processes : int
    progress : Progress

    Raises
    ------
    RecordError
        If there is no such folder, no record in it, none of its records can be read, or a table has an invalid line.
    EvaluationError
        If the table ALARMS has an invalid line.
    """
    names = set_names(folders)
    listed = {folder: find_records(folder) for folder in folders}
    tables = {folder: read_table(folder, [path.name for path in paths]) for folder, paths in listed.items()}
    records = []
    for folder, paths in listed.items():
        facts = _read(folder, paths, names[folder], processes, progress)
        if not any(one.readable for one in facts):
            raise RecordError(f"{folder}: none of its {len(facts)} records can be read, the first: {facts[0].problem}")
        records.append(SetOfRecords(names[folder], facts, tables[folder]))
    sets = [data_set(one.name, str(folder), one.facts, one.table) for folder, one in zip(listed, records, strict=True)]
    sets = [msgspec.structs.replace(one, warnings=cautions(one)) for one in sets]
    return Explored(sets, records, find_duplicates(records))


def set_names(folders: Sequence[Path]) -> dict[Path, str]:
    """The name of each folder in a report: that of the folder, with those above it where two are equal.

    Raises
    ------
    RecordError
        If a folder is given twice.
    """
    paths = [folder.resolve() for folder in folders]
    twice = [path for path, count in Counter(paths).items() if count > 1]
    if twice:
        raise RecordError(f"--records: the folder {twice[0]} is given twice; give it once")
    bases = Counter(path.name for path in paths)
    return {
        folder: path.name if bases[path.name] == 1 else "/".join(path.parts[-2:])
        for folder, path in zip(folders, paths, strict=True)
    }


def _read(folder: Path, paths: Sequence[Path], name: str, processes: int, progress: Progress) -> list[RecordFacts]:
    """The records of a folder, in the order of the paths."""
    size = min(MOST_IN_JOB, max(1, len(paths) // (processes * JOBS_A_PROCESS)))
    jobs = [RecordsJob(folder, paths[at : at + size]) for at in range(0, len(paths), size)]
    by_record: dict[str, RecordFacts] = {}
    with run_jobs(explore_records, jobs, processes) as results:
        for result in results:
            by_record |= {one.record: one for one in result}
            progress(name, len(by_record), len(paths), f"{len(by_record)} records")
    return [by_record[path.relative_to(folder).as_posix()] for path in paths]
