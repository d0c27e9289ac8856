"""``wardbeat train``: fit the detector's networks from records and write a bundle."""

import importlib.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from training.progress import Progress


@click.command(name="train")
@click.option(
    "--records",
    "folders",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Folder of WFDB records with reference annotations (.atr); may be given again.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder of the bundle; one there is replaced."
)
@click.option("--seed", default=0, show_default=True, help="The same seed, records and versions give the same bundle.")
@click.option("--epochs", type=click.IntRange(1), default=6, show_default=True, help="Of the beat network, at most.")
@click.option("--limit", type=click.IntRange(2), help="Take only the first records of each folder.")
@click.option(
    "--noise", type=click.Path(path_type=Path), help="Folder with bw and ma of nstdb; without, noise is made."
)
@click.option("--test", type=click.Path(path_type=Path), help="Folder of records to score at the end (mitdb: DS2).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@click.argument("names", nargs=-1)
def command(
    folders: Sequence[Path],
    out: Path,
    seed: int,
    epochs: int,
    limit: int | None,
    noise: Path | None,
    test: Path | None,
    as_json: bool,
    names: Sequence[str],
) -> None:
    """Fit the beat classifier and the combined detector and write them as a bundle.

    NAMES are the records to fit on. Without any, mitdb gives its DS1 and every other folder all that it has. Patients
    are split into those to fit on and those to choose by.
    """
    _check_tensorflow()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

    from training.splits import kept_for_test
    from wardbeat.ecg.records import find_records

    chosen = _chosen(folders, names, limit)
    tested = kept_for_test(find_records(test)) if test else []

    _check_apart(chosen, tested)
    from training.train import Plan, train  # brings TensorFlow: seconds, which a misspelt folder should not cost

    plan = Plan(chosen, seed=seed, beat_epochs=epochs, window_epochs=5 * epochs, noise=noise, test=tested)
    with _progress() as progress:
        manifest = train(plan, out, progress)
    if as_json:
        click.echo(msgspec.json.encode({"bundle": str(out), "metrics": manifest.metrics}).decode())
        return
    for name, value in manifest.metrics.items():
        click.echo(f"{name:>32}  {value:.3f}")
    click.echo(f"{len(manifest.split.fit)} patients fitted on, {len(manifest.split.validation)} to choose by: {out}")


def _check_tensorflow() -> None:
    from wardbeat.errors import BundleError

    missing = [name for name in ("tensorflow", "keras", "tf2onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise BundleError(f"train: {missing[0]} is not installed, as only fitting needs it; pip install '.[train]'")


def _chosen(folders: Sequence[Path], names: Sequence[str], limit: int | None) -> list[list[Path]]:
    """The records to fit on, folder by folder."""
    from training.splits import default_records
    from wardbeat.ecg.records import find_records
    from wardbeat.errors import RecordError

    found = [find_records(folder) for folder in folders]
    unknown = set(names) - {path.name for paths in found for path in paths}
    if unknown:
        raise RecordError(f"record {min(unknown)!r}: in none of the folders; `wardbeat records list` shows what is")
    if names:
        found = [[path for path in paths if path.name in names] for paths in found]
    else:
        found = [default_records(paths) for paths in found]
    return [paths[:limit] for paths in found if paths]


def _check_apart(chosen: Sequence[Sequence[Path]], tested: Sequence[Path]) -> None:
    from wardbeat.errors import RecordError

    both = {path.name for paths in chosen for path in paths} & {path.name for path in tested}
    if both:
        raise RecordError(f"test record {min(both)}: it is fitted on; name others to fit on, or to test on")


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on a terminal; elsewhere a line a step that has something to say."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<36}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def told(stage: str, done: int, total: int, words: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, words="")
            bars.update(tasks[stage], completed=done, words=words)
            if not console.is_terminal and (done == total or not words.endswith("records")):
                click.echo(f"{stage}: {done}/{total} {words}", err=True)

        yield told
