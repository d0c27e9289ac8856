"""The plots of a detector evaluation, each a PNG in a quality for papers, with units and intervals."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from training.evaluation.detector.ec57 import CLASSES, NONE
from training.evaluation.detector.evaluate import Evaluation
from training.evaluation.detector.stress_tables import NSTDB_TOGETHER
from training.evaluation.detector.tables import GroupRow, RecordRow, row_named
from training.evaluation.detector.windows import PARTS, WindowRow
from training.evaluation.style import COLOURS, saved_figure

PERCENT = 100.0
AXIS_BEATS = 1000
"""The axis goes up to 1000 beats of a class, or further if a record has more."""
FEW_BEATS = 30
"""A record with fewer beats of a class has a hollow dot: its F1 is mostly chance."""


def draw_plots(evaluation: Evaluation, folder: Path) -> list[str]:
    """Draw every plot that has data; gives the names of the files."""
    plots: dict[str, Callable[[Evaluation, Path], None] | None] = {
        "qrs_per_record.png": _qrs_per_record,
        "classes_per_record.png": _classes_per_record if evaluation.curves else None,
        "confusion.png": _confusion,
        "precision_recall_roc.png": _curves if evaluation.curves else None,
        "windows.png": _windows if evaluation.windows else None,
        "noise_stress.png": _noise if evaluation.noise else None,
    }
    names = []
    for name, draw in plots.items():
        if draw:
            draw(evaluation, folder / name)
            names.append(name)
    return names


def _qrs_per_record(evaluation: Evaluation, path: Path) -> None:
    """Errors of each record: missed beats to the left, false detections to the right."""
    rows = sorted(evaluation.records, key=lambda row: row.record)
    with saved_figure(path, 7.2, max(2.2, 0.16 * len(rows) + 1.0)) as figure:
        axis = figure.subplots()
        at = np.arange(len(rows))
        missed, extra = (np.array([part(row) for row in rows]) for part in (_missed_percent, _false_percent))
        axis.barh(at, -missed, color=COLOURS["classifier"], label="missed, % of beats (100 − Se)")
        axis.barh(at, extra, color=COLOURS["autoencoder"], label="false, % of detections (100 − +P)")
        axis.set_yticks(at, [_record_label(row) for row in rows], fontsize=7)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.axvline(0, color="black", linewidth=0.8)
        widest = max(0.5, float(np.nanmax([*missed, *extra, 0.0]))) * 1.1
        axis.set_xlim(-widest, widest)
        axis.xaxis.set_major_formatter(lambda value, _position: f"{abs(value):g}")
        axis.set_xlabel("proportion, %")
        axis.grid(axis="y", visible=False)
        axis.set_title("QRS detection, record by record")
        axis.legend(loc="lower right", fontsize=8)


def _missed_percent(row: RecordRow) -> float:
    return PERCENT * (1 - row.rates["qrs_se"])


def _false_percent(row: RecordRow) -> float:
    return PERCENT * (1 - row.rates["qrs_ppv"])


def _record_label(row: RecordRow) -> str:
    return f"{row.record} *" if row.seen == "fitted on" else row.record


def _classes_per_record(evaluation: Evaluation, path: Path) -> None:
    """F1 of V and S against the number of beats of the class in a record."""
    with saved_figure(path, 7.2, 3.0) as figure:
        for axis, symbol in zip(figure.subplots(1, 2, sharey=True), "VS", strict=True):
            index = CLASSES.index(symbol)
            rows = [row for row in _headline_records(evaluation) if sum(row.counts[index])]
            for row in rows:
                beats, f1 = sum(row.counts[index]), PERCENT * row.rates[f"{symbol.lower()}_f1"]
                face = COLOURS[symbol] if beats >= FEW_BEATS else "none"
                axis.scatter(beats, f1, s=26, facecolor=face, edgecolor=COLOURS[symbol], linewidth=1.0)
            for row in _labelled(rows, index, symbol):
                beats, f1 = sum(row.counts[index]), PERCENT * row.rates[f"{symbol.lower()}_f1"]
                axis.annotate(row.record, (beats, f1), (4, 3), textcoords="offset points", fontsize=7)
            axis.set_xscale("log")
            axis.set_xlim(0.8, 1.5 * max(AXIS_BEATS, *(sum(row.counts[index]) for row in rows), 1))
            axis.xaxis.set_major_formatter("{x:g}")
            axis.set_ylim(-4, 106)
            axis.set_xlabel(f"{symbol} beats in the record")
            axis.set_title(f"{symbol}, {evaluation.headline}")
        figure.axes[0].set_ylabel("F1, %")


def _labelled(rows: list[RecordRow], index: int, symbol: str) -> list[RecordRow]:
    """The records with a label: the four with most beats, and those with a low F1 despite enough beats."""
    largest = sorted(rows, key=lambda row: -sum(row.counts[index]))[:4]
    bad = [row for row in rows if sum(row.counts[index]) >= FEW_BEATS and row.rates[f"{symbol.lower()}_f1"] < 0.8]
    return [*largest, *(row for row in bad if row not in largest)]


def _headline_records(evaluation: Evaluation) -> list[RecordRow]:
    return [row for row in evaluation.records if row.record in evaluation.groups[evaluation.headline]]


def _confusion(evaluation: Evaluation, path: Path) -> None:
    """Counts, coloured by their proportion of the reference class."""
    shown = [row for row in evaluation.classes if row.name in {evaluation.headline, "DS1", evaluation.classes[0].name}]
    with saved_figure(path, min(3.6 * len(shown), 10.8), 3.5) as figure:
        for axis, row in zip(np.atleast_1d(figure.subplots(1, len(shown))), shown, strict=True):
            _matrix(axis, row)


def _matrix(axis: Axes, row: GroupRow) -> None:
    counts = np.array(row.counts)
    of_class = counts.sum(axis=1, keepdims=True)
    proportions = np.divide(counts, of_class, out=np.zeros(counts.shape), where=of_class > 0)
    proportions[NONE] = 0.0  # false detections are no class of beats
    axis.imshow(proportions, cmap="Blues", vmin=0, vmax=1.3)
    for (at, column), n in np.ndenumerate(counts):
        if (at, column) != (NONE, NONE):
            colour = "white" if proportions[at, column] > 0.65 else "black"
            axis.text(column, at, f"{n:,}", ha="center", va="center", fontsize=7, color=colour)
    axis.set_xticks(range(len(CLASSES)), [*CLASSES[:NONE], "missed"])
    axis.set_yticks(range(len(CLASSES)), [*CLASSES[:NONE], "no beat"])
    axis.set_xlabel("predicted")
    axis.set_ylabel("reference")
    axis.set_title(row.name)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)


def _curves(evaluation: Evaluation, path: Path) -> None:
    """Precision over recall, and the left part of the ROC."""
    with saved_figure(path, 7.2, 3.4) as figure:
        left, right = figure.subplots(1, 2)
        for symbol, curve in evaluation.curves.items():
            colour = COLOURS[symbol]
            recall, precision, rate = (
                PERCENT * np.array(part) for part in (curve.recall, curve.precision, curve.false_positive_rate)
            )
            left.plot(
                recall, precision, color=colour, label=f"{symbol}: average precision {curve.average_precision:.3f}"
            )
            right.plot(rate, recall, color=colour, label=symbol)
            own = [PERCENT * value for value in curve.at]
            left.plot(own[0], own[1], "o", color=colour)
            right.plot(own[2], own[0], "o", color=colour)
        left.set(xlabel="recall (sensitivity), %", ylabel="precision (+P), %", xlim=(-2, 102), ylim=(-2, 102))
        left.set_title(f"Precision and recall, {evaluation.headline}")
        left.legend(loc="best", fontsize=8)
        right.set(xlabel="false positive rate, % (to 10)", ylabel="sensitivity, %", xlim=(-0.2, 10), ylim=(-2, 102))
        right.set_title("ROC")
        right.plot([], [], "o", color="black", label="predicted class")
        right.legend(loc="lower right", fontsize=8)


def _windows(evaluation: Evaluation, path: Path) -> None:
    """AUROC of each part and of the combination, and the calibration of the probability."""
    row = row_named(evaluation.headline, evaluation.windows)
    with saved_figure(path, 7.2, 3.4) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
        for at, part in enumerate(PARTS):
            auroc = row.auroc[part]
            left.plot(
                [auroc.low, auroc.high], [at, at], color=COLOURS[part], linewidth=3, alpha=0.45, solid_capstyle="butt"
            )
            left.plot(auroc.value, at, "o", color=COLOURS[part])
            left.annotate(
                f"{auroc.value:.3f}", (auroc.value, at), (0, 7), textcoords="offset points", ha="center", fontsize=8
            )
        left.set_yticks(range(len(PARTS)), PARTS)
        left.set_ylim(len(PARTS) - 0.5, -0.6)
        left.set_xlabel("AUROC, 95 % interval over patients")
        left.set_title(f"Windows of 5 s, {row.name}")
        _reliability(right, row)


def _reliability(axis: Axes, row: WindowRow) -> None:
    axis.plot([0, 100], [0, 100], color="#999999", linewidth=1, linestyle="--")
    p, abnormal, n = (
        np.array([getattr(one, name) for one in row.reliability]) for name in ("mean_p", "abnormal", "windows")
    )
    axis.plot(PERCENT * p, PERCENT * abnormal, color=COLOURS["combined"], linewidth=1)
    axis.scatter(PERCENT * p, PERCENT * abnormal, s=12 + 200 * n / n.sum(), color=COLOURS["combined"], zorder=3)
    axis.set(
        xlabel="mean predicted probability, %", ylabel="abnormal in the reference, %", xlim=(-3, 103), ylim=(-3, 103)
    )
    axis.set_title(f"Calibration: ECE {row.ece.value:.3f}")


def _noise(evaluation: Evaluation, path: Path) -> None:
    """QRS detection against noise; full lines are all scored minutes, dotted ones the noisy minutes."""
    sources = [name for name in dict.fromkeys(row.source for row in evaluation.noise) if name != NSTDB_TOGETHER]
    palette = dict(zip(sources, (COLOURS["V"], COLOURS["S"], COLOURS["combined"]), strict=False))
    with saved_figure(path, 7.2, 3.4) as figure:
        panels = (("qrs_se", "QRS sensitivity, %"), ("qrs_ppv", "QRS +P, %"))
        for axis, (rate, label) in zip(figure.subplots(1, 2, sharey=True), panels, strict=True):
            for source in sources:
                rows = [row for row in evaluation.noise if row.source == source]
                level = [row.snr_db for row in rows]
                axis.plot(
                    level,
                    [PERCENT * row.rates[rate] for row in rows],
                    "o-",
                    color=palette[source],
                    label=_source(rows[0].source, rows[0].records),
                )
                axis.plot(
                    level, [PERCENT * row.in_noise[rate] for row in rows], "o:", color=palette[source], markersize=3
                )
            axis.set_xlabel("signal-to-noise ratio, dB")
            axis.set_ylabel(label)
            axis.set_xticks(sorted({row.snr_db for row in evaluation.noise}, reverse=True))
            axis.set_xlim(
                max(row.snr_db for row in evaluation.noise) + 1, min(row.snr_db for row in evaluation.noise) - 1
            )
        figure.axes[0].set_title("Electrode motion (em), ±150 ms")
        figure.axes[1].plot([], [], "o:", color="#777777", markersize=3, label="noisy minutes alone")
        figure.axes[1].legend(loc="lower left", fontsize=8)


def _source(source: str, records: list[str]) -> str:
    return f"nstdb {source}" if source.isdigit() else f"mixed into {', '.join(records)}"
