"""Whatever reports or receives progress has the same parameters."""

import inspect

from training.progress import Progress
from training.tune.search import _silent
from wardbeat.cli.training.stage_bars import stage_bars


def test_the_receivers_of_progress_have_the_parameters_of_the_protocol() -> None:
    expected = list(inspect.signature(Progress.__call__).parameters)[1:]
    assert list(inspect.signature(_silent).parameters) == expected
    with stage_bars() as progress:
        assert list(inspect.signature(progress).parameters) == expected
