"""A small result of a task, with every part that a result may have."""

import numpy as np

from training.study.results import (
    CalibrationBin,
    ClassCount,
    ClassCurve,
    ClassFigures,
    Cost,
    DataSource,
    Estimate,
    ExtraPlot,
    ExtraTable,
    LearningCurve,
    ModelResult,
    PairedDifference,
    PartCount,
    PlotLine,
    RunFacts,
    SeedFigures,
    TaskResult,
)

CLASSES = ["N", "S", "V"]


def class_figures(name: str, f1: float | None) -> ClassFigures:
    figure = Estimate(f1, None if f1 is None else f1 - 0.05, None if f1 is None else f1 + 0.04)
    return ClassFigures(name, 120, 9, figure, figure, figure, figure, figure)


def curve(name: str, power: float) -> ClassCurve:
    x = np.linspace(0, 1, 21)
    return ClassCurve(name, x.round(4).tolist(), (x**power).round(4).tolist(), 1 / (1 + power))


def model_result(name: str, f1: float, *, in_service: bool = False) -> ModelResult:
    return ModelResult(
        name=name,
        purpose=f"the toy {name}",
        source="Someone 2020, doi:10.1000/toy",
        in_service=in_service,
        figures={
            "macro_f1": Estimate(f1, f1 - 0.04, f1 + 0.03),
            "accuracy": Estimate(0.9, 0.88, 0.92),
            "macro_precision": Estimate(f1 - 0.01, f1 - 0.05, f1 + 0.02),
            "macro_recall": Estimate(f1 + 0.01, f1 - 0.03, f1 + 0.04),
        },
        classes=[class_figures("N", 0.95), class_figures("S", None), class_figures("V", f1)],
        seeds=[SeedFigures(seed, {"macro_f1": f1 + 0.01 * seed}) for seed in range(3)],
        cost=Cost(12_345, 50.3, 1.25, 61.0),
        confusion=[[110.0, 6.0, 4.0], [8.0, 1.0, 0.0], [3.0, 0.0, 117.0]],
        confusion_of="seed 0",
        roc=[curve("N", 0.2), curve("S", 0.5), curve("V", 0.1)],
        precision_recall=[curve("N", 0.1), curve("S", 2.0), curve("V", 0.4)],
        calibration=[CalibrationBin(0.05, 0.02, 300), CalibrationBin(0.5, 0.6, 40), CalibrationBin(0.97, 0.9, 150)],
        calibration_error=Estimate(0.03, 0.02, 0.05),
        history=[LearningCurve(seed, [1.0, 0.6, 0.4 + 0.05 * seed], [0.5, 0.6, None]) for seed in range(2)],
        settings={"epochs": 3, "learning_rate": 0.003, "width": 1.0},
        limits=["It has never seen a child."],
    )


def toy_result() -> TaskResult:
    return TaskResult(
        task="toy",
        title="Toy beats",
        question="Which of two toys finds V best?",
        classes=CLASSES,
        exclusive=True,
        figure="macro_f1",
        best="cnn",
        conclusion="The best is cnn. It is not in service: trees need no network.",
        data=[DataSource("mitdb", "fit and test", 44, 43, "ab" * 32, "doi:10.13026/C2F305, ODC-By 1.0")],
        parts=[
            PartCount(part, 249, 22, 22, [ClassCount("N", 120, 22), ClassCount("S", 9, 4), ClassCount("V", 120, 18)])
            for part in ("fit", "validation", "test")
        ],
        models=[model_result("cnn", 0.91), model_result("trees", 0.84, in_service=True)],
        differences=[PairedDifference("trees", "cnn", "macro_f1", Estimate(-0.07, -0.12, -0.03))],
        run=RunFacts(
            "wardbeat compare --task toy", "0123abc", [0, 1, 2], "0.2.0", "2026-11-30 12:00", {"numpy": "2.4"}
        ),
        tables=[ExtraTable("Figures by record", ["record", "F1"], [["100", 0.9], ["200", None]], "Two records.")],
        plots=[
            ExtraPlot(
                "Transfer",
                "patients",
                "macro F1",
                [
                    PlotLine("fine-tuned", [1, 5, 10], [0.5, 0.7, 0.8], [0.4, 0.6, 0.75], [0.6, 0.8, 0.85]),
                    PlotLine("from scratch", [1, 5, 10], [0.3, 0.6, 0.8]),
                ],
                log_x=True,
            )
        ],
        notes=["Toy data are no patients."],
    )
