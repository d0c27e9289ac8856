"""All tasks of the study by name, in the order in which ``make study`` runs them."""

from training.study.task import Task
from training.study.tasks.beats import BeatsTask
from training.study.tasks.instants import InstantsTask
from training.study.tasks.pictures import PicturesTask
from training.study.tasks.rhythm import RhythmTask
from training.study.tasks.twelve_lead import NormalTask, SuperclassTask, TwelveLeadRhythmTask
from training.study.tasks.windows import WindowsTask

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        BeatsTask(),
        InstantsTask(),
        WindowsTask(),
        RhythmTask(),
        SuperclassTask(),
        NormalTask(),
        TwelveLeadRhythmTask(),
        PicturesTask(),
    )
}
