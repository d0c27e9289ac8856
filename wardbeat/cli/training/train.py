"""``wardbeat train``: fit the detector's networks from records and write a bundle."""

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from wardbeat.cli.training.stage_bars import stage_bars

if TYPE_CHECKING:
    from training.fit.work import FitPlan

NETWORKS = ("qrs", "beat", "window", "ventricular", "atrial")


def plan_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is fitted from what, of every command that fits."""
    for option in reversed(
        (
            click.option(
                "--records",
                "folders",
                type=click.Path(path_type=Path),
                multiple=True,
                required=True,
                help="Folder of WFDB records with annotations (.atr); may be given again. Of mitdb DS1 is taken.",
            ),
            click.option(
                "--rhythms",
                type=click.Path(path_type=Path),
                multiple=True,
                required=True,
                help="Folder of vfdb, challenge-2015 or -2017 with rhythms or alarms to fit on; may be given again.",
            ),
            click.option("--take", multiple=True, metavar="RECORD", help="Take only this record; may be given again."),
            click.option(
                "--noise",
                type=click.Path(path_type=Path),
                help="Folder with bw and ma of nstdb; without, noise is made.",
            ),
            click.option(
                "--work",
                type=click.Path(path_type=Path),
                required=True,
                help="Folder for what each stage leaves; a fit that was interrupted goes on there.",
            ),
            click.option(
                "--seed", default=0, show_default=True, help="The same seed, records and versions fit the same."
            ),
            click.option(
                "--settings",
                type=click.Path(path_type=Path),
                help="JSON file of settings by network, as `wardbeat tune` writes it.",
            ),
        )
    ):
        function = option(function)
    return function


@click.command(name="train")
@plan_options
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder of the bundle; one there is replaced."
)
@click.option("--jobs", type=click.IntRange(1), help="Fits and records at a time; one a core unless told otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@click.argument("names", metavar="[NETWORK]...", nargs=-1, type=click.Choice(NETWORKS))
def command(
    folders: Sequence[Path],
    rhythms: Sequence[Path],
    take: Sequence[str],
    noise: Path | None,
    work: Path,
    seed: int,
    settings: Path | None,
    out: Path,
    jobs: int | None,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Fit the networks and write them as a bundle.

    Each network is fitted once on all patients, for service, and once for each of four folds without the patients
    of that fold, for figures. What the work folder already holds is not fitted again, except a NETWORK that is named,
    and those that build on it: qrs, beat, window, ventricular, atrial.
    """
    plan = plan_of(folders, rhythms, take, noise, seed, settings)
    from training.fit.pipeline import train  # brings TensorFlow: seconds, which a misspelt folder should not cost

    with stage_bars() as progress:
        manifest = train(plan, work, out, progress, again=names, processes=jobs or os.cpu_count() or 1)
    if as_json:
        click.echo(msgspec.json.encode({"bundle": str(out), "metrics": manifest.metrics}).decode())
        return
    for name, value in manifest.metrics.items():
        click.echo(f"{name:>40}  {value:.3f}")
    click.echo(f"fitted on {len(manifest.split.fit)} records: {out}")


def plan_of(
    folders: Sequence[Path],
    rhythms: Sequence[Path],
    take: Sequence[str],
    noise: Path | None,
    seed: int,
    settings: Path | None,
) -> "FitPlan":
    """What the options ask for, checked.

    Raises
    ------
    WardbeatError
        If TensorFlow, a folder, a record or a setting is missing or wrong.
    """
    _check_tensorflow()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    # Fits run side by side, a core each.
    os.environ |= {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    from training.data.splits import default_records
    from training.fit.work import FitPlan, read_settings
    from wardbeat.ecg.io.records import find_records
    from wardbeat.errors import RecordError

    found, with_rhythms = ([find_records(folder) for folder in named] for named in (folders, rhythms))
    unknown = set(take) - {path.name for paths in (*found, *with_rhythms) for path in paths}
    if unknown:
        raise RecordError(f"record {min(unknown)!r}: in none of the folders; `wardbeat records list` shows what is")

    def chosen(folders: list[list[Path]]) -> list[list[Path]]:
        taken = [[path for path in paths if path.name in take] if take else paths for paths in folders]
        return [paths for paths in taken if default_records(paths)]

    return FitPlan(chosen(found), noise, seed, read_settings(settings) if settings else {}, chosen(with_rhythms))


def _check_tensorflow() -> None:
    from wardbeat.errors import TrainingError

    missing = [name for name in ("tensorflow", "keras", "tf2onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise TrainingError(f"train: {missing[0]} is not installed, as only fitting needs it; pip install '.[train]'")
