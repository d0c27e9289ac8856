"""The options of every command that fits networks, and the plan that they describe."""

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from wardbeat.cli.values import FOLDER_TO_WRITE, RECORD, SOURCE, Whole
from wardbeat.contracts import rules

if TYPE_CHECKING:
    from training.fit.work import FitPlan

_Given = TypeVar("_Given")


def plan_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options for records, work folder and settings to a command that fits."""
    for option in reversed(
        (
            click.option(
                "--records",
                "folders",
                type=SOURCE,
                multiple=True,
                help="Folder of WFDB records with annotations (.atr); may be repeated. Of mitdb, DS1 is taken.",
            ),
            click.option(
                "--rhythms",
                type=SOURCE,
                multiple=True,
                help="Folder of vfdb, challenge-2015 or -2017 with rhythms or alarms to fit on; may be repeated.",
            ),
            click.option(
                "--take", type=RECORD, multiple=True, metavar="RECORD", help="Take only this record; may be repeated."
            ),
            click.option(
                "--noise",
                type=SOURCE,
                help="Folder with bw and ma of nstdb; without it, synthetic noise.",
            ),
            click.option(
                "--work",
                type=FOLDER_TO_WRITE,
                required=True,
                help="Folder for the results of each stage; an interrupted fit continues from it.",
            ),
            click.option(
                "--seed",
                type=Whole(rules.SEED),
                default=0,
                show_default=True,
                help="The same seed, records and versions give the same fit.",
            ),
            click.option(
                "--settings",
                type=SOURCE,
                help="JSON file of settings by network, as `wardbeat tune` writes it.",
            ),
        )
    ):
        function = option(function)
    return function


def plan_of(
    folders: Sequence[Path],
    rhythms: Sequence[Path],
    take: Sequence[str],
    noise: Path | None,
    seed: int,
    settings: Path | None,
) -> "FitPlan":
    """Check the options and return the plan of the fit.

    Raises
    ------
    WardbeatError
        If TensorFlow, a folder, a record or a setting is missing or wrong.
    """
    prepare_tensorflow(threads=1)  # fits run in parallel processes
    from training.data.splits import default_records
    from training.fit.work import FitPlan, read_settings
    from wardbeat.ecg.io.records import find_records
    from wardbeat.errors import RecordError

    found, with_rhythms = ([find_records(folder) for folder in named] for named in (folders, rhythms))
    unknown = set(take) - {path.name for paths in (*found, *with_rhythms) for path in paths}
    if unknown:
        raise RecordError(f"record {min(unknown)!r}: in none of the folders; `wardbeat records list` shows the records")

    def chosen(folders: list[list[Path]]) -> list[list[Path]]:
        taken = [[path for path in paths if path.name in take] if take else paths for paths in folders]
        return [paths for paths in taken if default_records(paths)]

    return FitPlan(chosen(found), noise, seed, read_settings(settings) if settings else {}, chosen(with_rhythms))


def require_option(name: str, value: _Given | None) -> _Given:
    """The value of an option that the task of a command needs.

    Raises
    ------
    click.MissingParameter
        If the option is not given.
    """
    if not value:
        raise click.MissingParameter(param_hint=f"'{name}'", param_type="option")
    return value


def prepare_tensorflow(threads: int) -> None:
    """Check that TensorFlow is installed, and set it up before its import: quiet, no GPU, so many threads.

    Raises
    ------
    TrainingError
        If it is not installed.
    """
    _check_tensorflow()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ |= {
        "OMP_NUM_THREADS": str(threads),
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
    }


def _check_tensorflow() -> None:
    from wardbeat.errors import TrainingError

    missing = [name for name in ("tensorflow", "keras", "tf2onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingError(
            f"train: {missing[0]} is not installed, because only fitting needs it; run pip install '.[train]'"
        )
