"""A task of the study that is learnt in seconds: which of three shapes a short signal has."""

from pathlib import Path
from typing import ClassVar

import numpy as np

from training.progress import Progress
from training.study.task import FitSettings, Part, Rows, Task

SAMPLES = 64
N_ROWS = {"fit": 240, "validation": 90, "test": 90}
SHAPES = np.stack(
    [
        np.sin(np.linspace(0, 6, SAMPLES)),
        np.sign(np.sin(np.linspace(0, 12, SAMPLES))),
        np.linspace(-1, 1, SAMPLES),
    ]
)


class ToyTask(Task):
    """Ten patients a part; patients of different parts have different amplitudes."""

    name = "toy"
    title = "Three shapes"
    classes = ("sine", "square", "ramp")
    exclusive = True
    figure = "macro_f1"
    models: ClassVar[tuple[str, ...]] = ("cnn",)

    def __init__(self, noise: float = 0.3) -> None:
        self.noise = noise
        self.prepared = 0

    def prepare(self, data: Path, work: Path, progress: Progress) -> None:
        self.prepared += 1

    def rows(self, work: Path, part: Part) -> Rows:
        random = np.random.default_rng([7, list(N_ROWS).index(part)])
        n = N_ROWS[part]
        shape = random.integers(3, size=n)
        patient = random.integers(10, size=n)
        amplitude = 1.0 + 0.05 * patient
        signal = SHAPES[shape] * amplitude[:, None] + random.normal(0, self.noise, (n, SAMPLES))
        names = np.array([f"{part}{one}" for one in patient])
        return Rows({"signal": signal[:, :, None].astype(np.float32)}, np.eye(3, dtype=np.float32)[shape], names, names)

    def settings(self, model: str) -> FitSettings:
        return FitSettings(epochs=3, batch=16, width=0.25, learning_rate=1e-2)


class ToyTagsTask(ToyTask):
    """The same signals, each class by itself: a row may have several, as twelve-lead diagnoses do."""

    name = "toy-tags"
    exclusive = False
    figure = "macro_auc"


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    """A progress that reports nothing."""
