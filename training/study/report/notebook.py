"""Writes the notebook of a task and runs it: tables and plots of the result, for people who explore.

It reads ``result.json`` beside it, or ``../study/TASK/result.json`` where the documents have it. It needs the package,
but neither the data nor the fitted models.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any, NamedTuple

import nbclient
import nbformat
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from training.study.report.names import words_of_figure
from training.study.results import RESULT, TaskResult
from wardbeat.atomic_files import atomic_file
from wardbeat.errors import EvaluationError

TIMEOUT_S = 300
"""The longest that a cell may take; all of them together need some seconds."""
MOST_OUTPUT = 200_000
"""An output with more characters is left out of the file: notebooks are committed."""
ROOT = Path(__file__).resolve().parents[3]


class NotebookCell(NamedTuple):
    """One cell: Markdown, or code."""

    text: str
    is_code: bool = True


def write_notebook(result: TaskResult, out: Path) -> Path:
    """Write ``TASK.ipynb`` beside the result and run it, so that it shows its tables and plots.

    Parameters
    ----------
    result : TaskResult
    out : Path
        The folder of the report; it has ``result.json``.

    Returns
    -------
    Path
        The notebook, with its outputs.

    Raises
    ------
    EvaluationError
        If a cell fails.
    """
    notebook = nbformat.v4.new_notebook(
        cells=[_cell(at, one) for at, one in enumerate(cells(result))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    try:
        _run(notebook, out)
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}"
        raise EvaluationError(f"notebook of {result.task}: a cell failed ({reason}); correct its result") from error
    _strip(notebook)
    path = out / f"{result.task}.ipynb"
    with atomic_file(path) as temporary:
        nbformat.write(notebook, temporary)
    return path


def _run(notebook: Any, folder: Path) -> None:
    """Run all cells in a kernel of this Python, in the folder. The kernel uses no network and nothing of the user's."""
    with TemporaryDirectory() as own:
        config = Config({"KernelManager": {"transport": "ipc", "connection_file": str(Path(own) / "kernel.json")}})
        client = nbclient.NotebookClient(
            notebook,
            timeout=TIMEOUT_S,
            kernel_name="python3",
            record_timing=False,
            config=config,
            resources={"metadata": {"path": str(folder)}},
        )
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        client.execute(env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": own})


def cells(result: TaskResult) -> Iterator[NotebookCell]:
    """The cells of the notebook of a result."""
    figure, best = words_of_figure(result.figure), result.best
    command, commit = result.run.command or "wardbeat compare", result.run.commit or "unknown"
    yield _words(f"""
        # {result.title}

        {result.question}

        This notebook reads the result of `{command}` (commit {commit}). Open it with Jupyter in Wardbeat's environment.
        It needs neither the data nor the fitted models. Change anything.
        """)
    yield _code(f"""
        from pathlib import Path

        import matplotlib.pyplot as plt
        import pandas as pd

        from training.evaluation.style import CYCLE, SETTINGS
        from training.study.report.tables import csv_tables
        from training.study.results import read_result

        plt.rcParams.update({{**SETTINGS, "figure.dpi": 70, "axes.prop_cycle": plt.cycler(color=CYCLE)}})
        pd.set_option("display.precision", 3)
        places = [Path("{RESULT}"), Path("../study/{result.task}/{RESULT}")]
        result = read_result(next(place for place in places if place.is_file()))
        tables = {{table.name: pd.DataFrame(table.rows, columns=table.columns) for table in csv_tables(result)}}
        print(result.conclusion)
        """)
    yield _words("## The data\n\nRows of each class, and their patients. No patient is in two parts.")
    yield _code("""
        tables["parts"].pivot_table(index="class", columns="part", values=["rows", "patients"], sort=False).astype(int)
        """)
    yield _words(f"## The models\n\n**{figure[0].upper()}{figure[1:]}** names the best; this was fixed before any fit.")
    yield _code("""
        models = tables["models"].set_index("model").sort_values(result.figure, ascending=False)
        models.drop(columns=[name for name in models if name.endswith(("_low", "_high"))])
        """)
    yield _code("""
        value, low, high = (models[result.figure + end] for end in ("", "_low", "_high"))
        figure, axis = plt.subplots(figsize=(7, 0.35 * len(models) + 0.8))
        axis.errorbar(value, models.index, xerr=[value - low, high - value], fmt="o")
        axis.invert_yaxis()
        axis.set_xlabel(f"{result.figure}, 95 % interval over patients")
        plt.show()
        """)
    if result.differences:
        yield _words("Paired differences, on the same resamples of patients: is one model really better than another?")
        yield _code('tables["differences"].head(20)')
    yield _words("## The classes")
    yield _code("""
        tables["classes"].pivot_table(index="model", columns="class", values="f1", sort=False)
        """)
    yield from _confusion_and_curves(result, best)
    for table in result.tables:
        yield _words(f"## {table.title}\n\n{table.note}")
        yield _code(f"""
            one = next(table for table in result.tables if table.title == {table.title!r})
            pd.DataFrame(one.rows, columns=one.columns).head(15)
            """)
    yield from _extra_plots(result)
    notes = "\n".join(f"- {note}" for note in result.notes)
    yield _words(f"## What this can't tell\n\n{notes or '- See the report.'}\n- Wardbeat is not a medical device.")
    yield _words(f"""
        ## Try

        - Which class costs the best model most? Sort `tables["classes"]` by `f1`, and look at its number of patients.
        - Set `name` in the cell of the curves to another class. Which model would you take if no more than 1 % of the
          rows may be false positives?
        - Compare the seeds in `tables["seeds"]`: is the difference of two models larger than that of two seeds?
        - A model of your own: a file in `models/study/`, a row in `models/registry.py`, its name in the `models` of the
          task. Then `wardbeat compare --task {result.task}` fits what is missing and makes this notebook again.
        """)


def _confusion_and_curves(result: TaskResult, best: str) -> Iterator[NotebookCell]:
    model = next(one for one in result.models if one.name == best)
    if model.confusion:
        yield _words(
            f"Rows of **{best}** by reference (rows) and chosen class (columns), as proportions of the reference."
        )
        yield _code("""
            confusion = tables["confusion"].query("model == @result.best")
            confusion = confusion.pivot_table(index="reference", columns="chosen", values="rows", sort=False)
            confusion.div(confusion.sum(axis=1), axis=0).round(2)
            """)
    curve = max(model.roc, key=lambda one: len(one.x), default=None)
    if curve and curve.x:
        yield _words("## ROC, precision and recall of one class")
        yield _code(f"""
            name = {curve.name!r}
            figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
            for axis, table, x, y in (
                (axes[0], "roc", "false_positive_rate", "sensitivity"),
                (axes[1], "precision_recall", "recall", "precision"),
            ):
                for model, points in tables[table][tables[table]["class"] == name].groupby("model", sort=False):
                    axis.plot(points[x], points[y], label=model, linewidth=2.2 if model == result.best else 1)
                axis.set(xlabel=x.replace("_", " "), ylabel=y, title=name)
            axes[1].legend(fontsize=7)
            plt.show()
            """)
    if model.calibration:
        yield _words(f"## Calibration of {best}\n\nDo 8 of 10 rows with a probability of 0.8 have the class?")
        yield _code("""
            bins = tables["calibration"].query("model == @result.best")
            figure, axis = plt.subplots(figsize=(3.6, 3.4))
            axis.plot([0, 1], [0, 1], "--", color="#bdbdbd")
            axis.plot(bins["mean_probability"], bins["observed"], "o-")
            axis.set(xlabel="predicted probability", ylabel="observed proportion")
            plt.show()
            """)
    if any(one.history for one in result.models):
        yield _words("## Learning curves\n\nThe figure on validation patients after each epoch, one line a fit.")
        yield _code("""
            figure, axis = plt.subplots(figsize=(7, 3.2))
            colours = {}
            for (model, seed), points in tables["history"].groupby(["model", "seed"], sort=False):
                (line,) = axis.plot(points["epoch"], points["score"], ".-", color=colours.get(model))
                if model not in colours:
                    line.set_label(model)
                    colours[model] = line.get_color()
            axis.set(xlabel="epoch", ylabel="validation")
            axis.legend(fontsize=7)
            plt.show()
            """)


def _extra_plots(result: TaskResult) -> Iterator[NotebookCell]:
    if not result.plots:
        return
    yield _words("## Plots of this task")
    yield _code("""
        for plot in result.plots:
            figure, axis = plt.subplots(figsize=(7, 3.2))
            for line in plot.lines:
                axis.plot(line.x, line.y, "o-", label=line.name)
                if line.low and line.high:
                    axis.fill_between(line.x, line.low, line.high, alpha=0.18)
            axis.set(xlabel=plot.x_name, ylabel=plot.y_name, title=plot.title, xscale="log" if plot.log_x else "linear")
            axis.legend(fontsize=7)
            plt.show()
        """)


def _words(text: str) -> NotebookCell:
    return NotebookCell(dedent(text).strip(), is_code=False)


def _code(text: str) -> NotebookCell:
    return NotebookCell(dedent(text).strip())


def _cell(at: int, one: NotebookCell) -> Any:
    """A cell with an id that is the same in every run, so that a new run changes only what is new."""
    new = nbformat.v4.new_code_cell if one.is_code else nbformat.v4.new_markdown_cell
    cell = new(one.text)
    cell["id"] = f"cell-{at:02d}"
    return cell


def _strip(notebook: Any) -> None:
    """Leave out outputs that are too large, and what differs from run to run."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if len(str(output)) <= MOST_OUTPUT]
            cell.metadata = {}
