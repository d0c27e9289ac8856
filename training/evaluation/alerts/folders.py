"""Recognises the kind of a folder of records by its files, and reads the reference tables of the Challenges."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from training.data.challenge_2017 import REFERENCE, read_record_rhythms
from training.evaluation.alerts.scores.challenge_2015 import ALARMS_OF, Alarm
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import find_records
from wardbeat.errors import EvaluationError

Kind = Literal["challenge-2015", "challenge-2017", "vfdb", "mitdb", "nsrdb"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Each is named after its data set: alarms with a reference; short strips with a reference; rhythms without beats;
beats with rhythms; beats of healthy hearts."""
ALARMS = "ALARMS"


class RecordFolder(NamedTuple):
    """A folder, its kind, and its records that can be scored."""

    folder: Path
    kind: Kind
    paths: Sequence[Path]

    @property
    def name(self) -> str:
        return self.folder.resolve().name


def read_folders(folders: Sequence[Path], kind: Kind | None, names: Sequence[str] = ()) -> list[RecordFolder]:
    """Several folders as :func:`read_folder` reads them.

    Raises
    ------
    RecordError
        If there is no such folder or record.
    EvaluationError
        If a folder can't be scored, or two folders have the same name.
    """
    read = [read_folder(folder, kind, names) for folder in folders]
    twice = [name for name, count in Counter(folder.name for folder in read).items() if count > 1]
    if twice:
        raise EvaluationError(
            f"--records: a folder named {twice[0]!r} twice; the names must differ in a report, leave one out"
        )
    return read


def read_folder(folder: Path, kind: Kind | None, names: Sequence[str] = ()) -> RecordFolder:
    """The records of a folder that can be scored.

    Parameters
    ----------
    folder : Path
    kind : str or None
        One of ``KINDS``; None recognises it.
    names : sequence of str
        Names of records; empty means all.

    Raises
    ------
    RecordError
        If there is no such folder or record.
    EvaluationError
        If the folder has no reference for alerts.
    """
    paths = list(dict.fromkeys(find_records(folder, names)))
    kind = kind or recognise(folder, paths)
    scorable = _with_reference(folder, kind, paths)
    if not scorable or (names and len(scorable) < len(paths)):
        missing = next(path for path in paths if path not in scorable)
        raise EvaluationError(
            f"{missing}: no reference to score it by as {kind}; leave it out, or give --as another kind"
        )
    return RecordFolder(folder, kind, scorable)


def recognise(folder: Path, paths: Sequence[Path]) -> Kind:
    """The kind of a folder, by its tables and annotations.

    Raises
    ------
    EvaluationError
        If it has neither.
    """
    if (folder / ALARMS).is_file():
        return "challenge-2015"
    if (folder / REFERENCE).is_file():
        return "challenge-2017"
    with_beats = [path for path in paths if _has(read_beats, path)]
    with_rhythms = [path for path in paths if _has(read_rhythms, path)]
    if not with_beats and not with_rhythms:
        raise EvaluationError(
            f"{folder}: it has no {ALARMS}, no {REFERENCE} and no annotations (.atr) of beats or rhythms; "
            "alerts can't be scored on it"
        )
    if not with_beats:
        return "vfdb"
    return "mitdb" if with_rhythms else "nsrdb"


def read_alarms(folder: Path) -> list[Alarm]:
    """The alarms of a folder. Each line of its table has the record, the type, and 1 for a true alarm or 0.

    Raises
    ------
    EvaluationError
        If a line has another form.
    """
    alarms = []
    for row, line in enumerate((folder / ALARMS).read_text().splitlines(), 1):
        record, alarm, true = [*line.split(","), "", ""][:3]
        if alarm not in ALARMS_OF or true.strip() not in ("0", "1"):
            raise EvaluationError(
                f"{folder / ALARMS} line {row}: must be record, type and 0 or 1, {line!r} found; correct it"
            )
        alarms.append(Alarm(record, alarm, true.strip() == "1"))
    return alarms


def _with_reference(folder: Path, kind: Kind, paths: Sequence[Path]) -> list[Path]:
    """The records that have a reference of this kind."""
    if kind == "challenge-2015":
        known = {alarm.record for alarm in read_alarms(folder)}
    elif kind == "challenge-2017":
        known = set(read_record_rhythms(folder))
    else:
        read = read_rhythms if kind == "vfdb" else read_beats
        known = {path.name for path in paths if _has(read, path)}
    return [path for path in paths if path.name in known]


def _has(read: Callable[[Path], Sequence[object]], path: Path) -> bool:
    """Whether a record has an annotation file, and in it what ``read`` reads."""
    return path.with_name(f"{path.name}.atr").is_file() and bool(read(path))
