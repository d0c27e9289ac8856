"""The plots of a result, each a PNG in the style of all reports."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.evaluation.style import COLOURS, CYCLE, colours_of, saved_figure
from training.study.report.names import file_name, words_of_figure
from training.study.report.tables import confusion_names
from training.study.results import ClassCurve, ExtraPlot, ModelResult, TaskResult

WIDTH_IN = 7.2
DPI = 130
PALE = "#bdbdbd"
MOST_NUMBERS = 14
"""A larger confusion matrix has colours without numbers: they would not be readable."""


def draw_plots(result: TaskResult, folder: Path) -> list[str]:
    """Draw every plot that has data; gives the names of the files.

    =================================  ==================================================
    file                               content
    =================================  ==================================================
    ``figure.png``                     the figure of the task by model, with intervals
    ``roc.png``                        ROC curves by class, all models
    ``precision_recall.png``           precision and recall by class, all models
    ``calibration.png``                reliability by model
    ``learning.png``                   validation score and loss by epoch
    ``confusion_MODEL.png``            confusion matrix
    ``plot_TITLE.png``                 a plot that only this task has
    =================================  ==================================================
    """
    return list(_draw(result, folder))


def confusion_file(model: str) -> str:
    """The file of a model's confusion matrix."""
    return f"confusion_{file_name(model)}.png"


def extra_file(plot: ExtraPlot) -> str:
    """The file of a plot that only this task has."""
    return f"plot_{file_name(plot.title)}.png"


def _draw(result: TaskResult, folder: Path) -> Iterator[str]:
    plots: dict[str, tuple[bool, Callable[[TaskResult, Path], None]]] = {
        "figure.png": (bool(result.models), _figure_by_model),
        "roc.png": (any(_has_points(model.roc) for model in result.models), _roc),
        "precision_recall.png": (
            any(_has_points(model.precision_recall) for model in result.models),
            _precision_recall,
        ),
        "calibration.png": (any(model.calibration for model in result.models), _calibration),
        "learning.png": (any(model.history for model in result.models), _learning),
    }
    for name, (has_data, draw) in plots.items():
        if has_data:
            draw(result, folder / name)
            yield name
    for model in result.models:
        if model.confusion:
            _confusion(model, result, folder / confusion_file(model.name))
            yield confusion_file(model.name)
    for plot in result.plots:
        _extra(plot, folder / extra_file(plot))
        yield extra_file(plot)


def _has_points(curves: Sequence[ClassCurve]) -> bool:
    return any(curve.x for curve in curves)


def _figure_by_model(result: TaskResult, path: Path) -> None:
    """The figure with its interval, and a small dot for each seed; the best model is dark, the one in service named."""
    models = result.models
    with saved_figure(path, WIDTH_IN, 0.34 * len(models) + 1.1, DPI) as figure:
        axis = figure.subplots()
        for at, model in enumerate(models):
            one = model.figures.get(result.figure)
            if one is None or one.value is None:
                continue
            colour = COLOURS["classifier"] if model.name == result.best else COLOURS["autoencoder"]
            if one.low is not None and one.high is not None:
                axis.plot([one.low, one.high], [at, at], color=colour, linewidth=3, alpha=0.4, solid_capstyle="butt")
            values = [value for seed in model.seeds if (value := seed.figures.get(result.figure)) is not None]
            if len(values) > 1:
                axis.plot(values, [at] * len(values), "|", color=colour, markersize=8)
            axis.plot(one.value, at, "o", color=colour)
            axis.annotate(
                f"{one.value:.3f}", (one.value, at), (0, 6), textcoords="offset points", ha="center", fontsize=7
            )
        names = [f"{model.name} (in service)" if model.in_service else model.name for model in models]
        axis.set_yticks(range(len(models)), names)
        axis.set_ylim(len(models) - 0.4, -0.8)
        axis.set_xlabel(f"{words_of_figure(result.figure)}, 95 % interval over patients; ticks are seeds")
        axis.grid(axis="y", visible=False)


def _side_by_side(n: int) -> int:
    """How many of n small plots stand side by side: at most four, and three where that fills the rows better."""
    return 3 if n in {5, 6, 9} else min(4, n)


def _small(figure: Figure, n: int) -> list[Axes]:
    """Axes for small plots side by side."""
    columns = _side_by_side(n)
    axes: list[Axes] = figure.subplots(ceil(n / columns), columns, squeeze=False).ravel().tolist()
    for axis in axes[n:]:
        axis.set_visible(False)
    return axes[:n]


def _size(n: int, height_in: float = 2.1) -> tuple[float, float]:
    columns = _side_by_side(n)
    return min(WIDTH_IN, 2.4 * columns + 1.2), height_in * ceil(n / columns) + 0.6


def _roc(result: TaskResult, path: Path) -> None:
    labels = ("false positive rate", "sensitivity")
    _curves(result, path, lambda model: model.roc, labels, is_diagonal=True)


def _precision_recall(result: TaskResult, path: Path) -> None:
    _curves(result, path, lambda model: model.precision_recall, ("recall", "precision"), is_diagonal=False)


def _curves(
    result: TaskResult,
    path: Path,
    curves_of: Callable[[ModelResult], list[ClassCurve]],
    labels: tuple[str, str],
    *,
    is_diagonal: bool,
) -> None:
    """A small plot for each class with a curve for each model; the best model stands out."""
    names = [model.name for model in result.models if _has_points(curves_of(model))]
    colours = dict(zip(names, _cycle(len(names)), strict=True))
    with saved_figure(path, *_size(len(result.classes)), DPI) as figure:
        for at, (axis, name) in enumerate(zip(_small(figure, len(result.classes)), result.classes, strict=True)):
            if is_diagonal:
                axis.plot([0, 1], [0, 1], color=PALE, linewidth=0.8, linestyle="--")
            for model in result.models:
                curve = next((one for one in curves_of(model) if one.name == name and one.x), None)
                if curve:
                    is_best = model.name == result.best
                    axis.plot(
                        curve.x,
                        curve.y,
                        color=colours[model.name],
                        linewidth=1.8 if is_best else 0.9,
                        zorder=3 if is_best else 2,
                        label=model.name if at == 0 else None,
                    )
            axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
            axis.set_title(name, fontsize=8)
            axis.tick_params(labelsize=6)
            axis.set_xlabel(labels[0], fontsize=7)
            axis.set_ylabel(labels[1], fontsize=7)
        _legend(figure, names, colours)


def _legend(figure: Figure, names: Sequence[str], colours: dict[str, str]) -> None:
    handles = [figure.axes[0].plot([], [], color=colours[name])[0] for name in names]
    figure.legend(handles, names, loc="outside lower center", ncols=min(4, max(1, len(names))), fontsize=7)


def _cycle(n: int) -> list[str]:
    return [CYCLE[at % len(CYCLE)] for at in range(n)]


def _calibration(result: TaskResult, path: Path) -> None:
    models = [model for model in result.models if model.calibration]
    with saved_figure(path, *_size(len(models), 2.0), DPI) as figure:
        for axis, model in zip(_small(figure, len(models)), models, strict=True):
            p = np.array([one.mean_probability for one in model.calibration])
            observed = np.array([one.observed for one in model.calibration])
            rows = np.array([one.rows for one in model.calibration])
            axis.plot([0, 1], [0, 1], color=PALE, linewidth=0.8, linestyle="--")
            axis.plot(p, observed, color=COLOURS["combined"], linewidth=0.9)
            axis.scatter(p, observed, s=6 + 90 * rows / rows.sum(), color=COLOURS["combined"], zorder=3)
            axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
            error = model.calibration_error.value if model.calibration_error else None
            axis.set_title(model.name + ("" if error is None else f", ECE {error:.3f}"), fontsize=7)
            axis.tick_params(labelsize=6)
            axis.set_xlabel("predicted", fontsize=7)
            axis.set_ylabel("observed", fontsize=7)


def _learning(result: TaskResult, path: Path) -> None:
    """Validation score (left axis) and loss (right axis, pale) of each seed."""
    models = [model for model in result.models if model.history]
    with saved_figure(path, *_size(len(models), 2.0), DPI) as figure:
        for axis, model in zip(_small(figure, len(models)), models, strict=True):
            loss = axis.twinx()
            loss.grid(visible=False)
            loss.tick_params(labelsize=6, colors="#8a8a8a")
            for curve in model.history:
                epochs = np.arange(1, len(curve.loss) + 1)
                loss.plot(epochs, curve.loss, color=PALE, linewidth=0.9)
                score = np.array([np.nan if one is None else one for one in curve.score])
                axis.plot(epochs, score, color=COLOURS["autoencoder"], linewidth=1.1, marker=".", markersize=3)
                if np.isfinite(score).any():
                    best = int(np.nanargmax(score))
                    axis.plot(epochs[best], score[best], "o", color=COLOURS["classifier"], markersize=3.5, zorder=4)
            axis.set_zorder(loss.get_zorder() + 1)
            axis.patch.set_visible(False)
            axis.set_title(model.name, fontsize=8)
            axis.tick_params(labelsize=6)
            axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axis.set_xlabel("epoch", fontsize=7)
            axis.set_ylabel("validation", fontsize=7)


def _confusion(model: ModelResult, result: TaskResult, path: Path) -> None:
    """Rows by reference and chosen class, coloured by their proportion of the reference class."""
    counts = np.array(model.confusion)
    names = confusion_names(model, result.classes)
    total = counts.sum(axis=1, keepdims=True)
    proportion = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    side = min(6.4, 0.62 * len(names) + 1.4)
    with saved_figure(path, side + 0.6, side, DPI) as figure:
        axis = figure.subplots()
        axis.imshow(proportion, cmap="Blues", vmin=0, vmax=1.3)
        if len(names) <= MOST_NUMBERS:
            for (row, column), n in np.ndenumerate(counts):
                colour = "white" if proportion[row, column] > 0.65 else "black"
                axis.text(column, row, f"{n:,.0f}", ha="center", va="center", fontsize=6.5, color=colour)
        is_long = max(len(name) for name in names) > 3
        axis.set_xticks(
            range(len(names)), names, fontsize=7, rotation=40 if is_long else 0, ha="right" if is_long else "center"
        )
        axis.set_yticks(range(len(names)), names, fontsize=7)
        axis.set_xlabel("chosen")
        axis.set_ylabel("reference")
        axis.set_title(f"{model.name}, {model.confusion_of}" if model.confusion_of else model.name, fontsize=8)
        axis.grid(visible=False)
        axis.spines[:].set_visible(False)


def _extra(plot: ExtraPlot, path: Path) -> None:
    colours = colours_of([line.name for line in plot.lines])
    with saved_figure(path, WIDTH_IN, 3.4, DPI) as figure:
        axis = figure.subplots()
        for line in plot.lines:
            axis.plot(line.x, line.y, "o-", color=colours[line.name], label=line.name, markersize=4)
            if line.low and line.high:
                axis.fill_between(line.x, line.low, line.high, color=colours[line.name], alpha=0.18, linewidth=0)
        if plot.log_x:
            axis.set_xscale("log")
            ticks = sorted({x for line in plot.lines for x in line.x if x > 0})
            axis.set_xticks(ticks, [f"{x:g}" for x in ticks])
            axis.minorticks_off()
        axis.set_xlabel(plot.x_name)
        axis.set_ylabel(plot.y_name)
        axis.set_title(plot.title)
        axis.legend(fontsize=8)
