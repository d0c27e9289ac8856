"""What a folder of records is, by what stands beside them, and so what is scored on it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from training.evaluation.alerts.scores.challenge_2015 import ALARMS_OF, Alarm
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import find_records
from wardbeat.errors import EvaluationError

Kind = Literal["challenge-2015", "challenge-2017", "vfdb", "mitdb", "nsrdb"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Each after the data set that is like it: alarms with a verdict; short strips with a verdict; rhythms without beats;
beats with rhythms; beats of healthy hearts."""
ALARMS = "ALARMS"
REFERENCE = "REFERENCE-v3.csv"


class RecordFolder(NamedTuple):
    """A folder, of which kind it is, and the records of it that are to be scored."""

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
        If one can't be scored, or two have one name, which a report tells them by.
    """
    read = [read_folder(folder, kind, names) for folder in folders]
    twice = [name for name, count in Counter(folder.name for folder in read).items() if count > 1]
    if twice:
        raise EvaluationError(f"--records: a folder named {twice[0]!r} twice; a report tells folders by name, give one")
    return read


def read_folder(folder: Path, kind: Kind | None, names: Sequence[str] = ()) -> RecordFolder:
    """The records of a folder that can be scored as its kind is; without one it is recognised.

    Raises
    ------
    RecordError
        If there is no such folder or record.
    EvaluationError
        If it is of no kind that alerts can be scored on.
    """
    paths = list(dict.fromkeys(find_records(folder, names)))
    kind = kind or recognise(folder, paths)
    scorable = _with_verdict(folder, kind, paths)
    if not scorable or (names and len(scorable) < len(paths)):
        missing = next(path for path in paths if path not in scorable)
        raise EvaluationError(
            f"{missing}: no reference to score it by as {kind}; leave it out, or say --as another kind"
        )
    return RecordFolder(folder, kind, scorable)


def recognise(folder: Path, paths: Sequence[Path]) -> Kind:
    """Which kind of folder this is.

    Raises
    ------
    EvaluationError
        If it is none.
    """
    if (folder / ALARMS).is_file():
        return "challenge-2015"
    if (folder / REFERENCE).is_file():
        return "challenge-2017"
    annotated = [path for path in paths if _annotations(path).is_file()]
    if not annotated:
        raise EvaluationError(
            f"{folder}: it has no {ALARMS}, no {REFERENCE} and no annotations (.atr); alerts can't be scored on it"
        )
    if not any(read_beats(path) for path in annotated):
        return "vfdb"
    return "mitdb" if any(read_rhythms(path) for path in annotated) else "nsrdb"


def read_alarms(folder: Path) -> list[Alarm]:
    """The alarms of a folder: a line each of record, type and 1 if it is true.

    Raises
    ------
    EvaluationError
        If a line is none.
    """
    alarms = []
    for row, line in enumerate((folder / ALARMS).read_text().splitlines(), 1):
        record, alarm, true = [*line.split(","), "", ""][:3]
        if alarm not in ALARMS_OF or true.strip() not in ("0", "1"):
            raise EvaluationError(
                f"{folder / ALARMS} line {row}: must be record, type and 0 or 1, {line!r} found; mend it"
            )
        alarms.append(Alarm(record, alarm, true.strip() == "1"))
    return alarms


def read_verdicts(folder: Path) -> dict[str, str]:
    """What each record of a folder is: ``N``, ``A`` (AF), ``O`` (other) or ``~`` (noise).

    Raises
    ------
    EvaluationError
        If a line is none.
    """
    verdicts = {}
    for row, line in enumerate((folder / REFERENCE).read_text().splitlines(), 1):
        record, verdict = [*line.split(","), ""][:2]
        if verdict not in ("N", "A", "O", "~"):
            raise EvaluationError(
                f"{folder / REFERENCE} line {row}: must be record and N, A, O or ~, {line!r} found; mend it"
            )
        verdicts[record] = verdict
    return verdicts


def _with_verdict(folder: Path, kind: Kind, paths: Sequence[Path]) -> list[Path]:
    """The records that somebody has said something of."""
    if kind == "challenge-2015":
        known = {alarm.record for alarm in read_alarms(folder)}
    elif kind == "challenge-2017":
        known = set(read_verdicts(folder))
    else:
        known = {path.name for path in paths if _annotations(path).is_file()}
    return [path for path in paths if path.name in known]


def _annotations(path: Path) -> Path:
    return path.with_name(f"{path.name}.atr")
