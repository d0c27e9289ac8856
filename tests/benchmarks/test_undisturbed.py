"""The expected outputs of a replay."""

import msgspec
import pytest

from benchmarks.undisturbed import ReplayRun, due_times, stored_alerts, undisturbed
from producers.journal import new_journal
from producers.replay import ReplayOptions
from tests.support.samples import make_alert
from wardbeat.ecg.io.excerpts import excerpts_folder


def test_the_store_has_the_last_version_of_each_alert() -> None:
    pause, asystole = make_alert("pause", 360), make_alert("asystole", 720)
    ended = msgspec.structs.replace(pause, ended_sample=999)
    assert stored_alerts([pause, asystole, ended]) == {pause.alert_id: ended, asystole.alert_id: asystole}


@pytest.mark.slow
def test_each_beat_of_a_replay_has_a_time_within_it() -> None:
    with excerpts_folder() as folder:
        journal = new_journal(10**18)
        options = ReplayOptions(loop=True, duration_s=20.0)
        expected = undisturbed(ReplayRun(folder, 2, options, journal))
    assert len({beat.stream_id for beat in expected.beats}) == 2
    assert set(expected.due_ns) == {beat.beat_id for beat in expected.beats}
    assert len({window.window_id for window in expected.windows}) == len(expected.windows) == 2 * 4
    assert all(-2 < (due - 10**18) / 1e9 < 22 for due in expected.due_ns.values())
    assert set(expected.stored) == {alert.alert_id for alert in expected.alerts}
    assert due_times([], {}) == {}
