"""The canary's schedule: enough normal heart between two onsets, and every onset with a known alert."""

from itertools import pairwise

from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.canary import CANARY, CYCLE, CYCLE_S, INJECTIONS, LIMIT_S, is_canary
from wardbeat.contracts.rules import STREAM_ID


def test_every_injected_onset_has_an_alert_and_time_for_it() -> None:
    assert [injection.code for injection in INJECTIONS] == [stage.code for stage in CYCLE if stage.code]
    assert all(injection.code in CODES for injection in INJECTIONS)
    onsets = [injection.onset_s for injection in INJECTIONS] + [CYCLE_S + INJECTIONS[0].onset_s]
    assert all(4 * LIMIT_S <= later - earlier <= 60 for earlier, later in pairwise(onsets))
    assert all(stage.duration_s >= LIMIT_S for stage in CYCLE if stage.code)


def test_onsets_are_where_their_stages_begin() -> None:
    assert CYCLE_S == 195
    assert [injection.onset_s for injection in INJECTIONS] == [40, 85, 125, 175]


def test_the_stream_has_a_valid_name_that_no_bed_has() -> None:
    assert STREAM_ID.fullmatch(CANARY)
    assert is_canary(CANARY)
    assert not any(map(is_canary, ("canary", "bed-1", "(system)")))
