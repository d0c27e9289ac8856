"""The tasks that the command line offers are those of the study."""

import click
import pytest

from wardbeat.cli.training.study_options import STUDY_TASKS, check_names


@pytest.mark.slow
def test_every_task_of_the_study_can_be_named() -> None:
    from training.study.catalogue import TASKS

    assert tuple(TASKS) == STUDY_TASKS


def test_a_name_that_is_not_known_is_refused() -> None:
    check_names(["qrs"], ("qrs", "beat"))
    with pytest.raises(click.BadParameter, match="'heart' is not one of 'qrs', 'beat'"):
        check_names(["qrs", "heart"], ("qrs", "beat"))
