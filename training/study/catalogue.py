"""All tasks of the study by name, in the order in which ``make study`` runs them."""

from training.study.task import Task
from training.study.tasks.rhythm import RhythmTask

TASKS: dict[str, Task] = {task.name: task for task in (RhythmTask(),)}
