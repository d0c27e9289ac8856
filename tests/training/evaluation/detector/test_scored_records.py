"""Records are run, altered if asked, and scored beat by beat and window by window."""

from functools import partial

import numpy as np
import pytest

from tests.support.scored_beats import scored_windows
from training.evaluation.altered_records import with_fault
from training.evaluation.detector.ec57 import count, qrs_rates
from training.evaluation.detector.scored_records import ScoringTask, score_records
from wardbeat.ecg.io.excerpts import excerpts_folder


def test_windows_are_chosen_by_a_mask() -> None:
    windows = scored_windows([True, False, True], [0.9, 0.1, 0.8])
    assert windows.take(windows.abnormal).combined.tolist() == [0.9, 0.8]


@pytest.mark.slow
def test_a_dead_lead_changes_the_detections_and_not_the_reference() -> None:
    with excerpts_folder() as folder:
        task = ScoringTask((folder / "119",), None)
        (whole,), (dead,) = (
            score_records(task),
            score_records(task._replace(alter=partial(with_fault, fault="first lead dead"))),
        )
    assert (whole.name, whole.from_s) == ("119", dead.from_s)
    assert whole.cpu_s > 0
    of_whole, of_dead = (np.sort(one.beats.t_s[one.beats.reference < 5]) for one in (whole, dead))
    np.testing.assert_array_equal(of_whole, of_dead)
    assert qrs_rates(count(whole.beats))["qrs_f1"] > 0.99
    assert not np.array_equal(whole.windows.combined, dead.windows.combined)
