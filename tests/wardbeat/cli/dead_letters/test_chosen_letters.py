"""The options that choose dead letters, on a real Kafka."""

import pytest

from tests.support.dead_letters import Run, listed
from wardbeat.errors import BrokerError

pytestmark = pytest.mark.slow


def test_letters_are_chosen_by_id_stream_kind_reason_and_time(run_letters: Run) -> None:
    everything = listed(run_letters)
    assert listed(run_letters, "--stream", "bed-2") == everything[1:2]
    assert listed(run_letters, "--kind", "misplaced") == everything[:1]
    assert listed(run_letters, "--reason", "reason 7") == everything[2:]
    assert listed(run_letters, str(everything[0]["id"])) == everything[:1]
    assert listed(run_letters, "--hours", "1") == everything
    assert run_letters("list", "--stream", "bed-9").output == "There are none.\n"
    with pytest.raises(BrokerError, match="dead letter '9/9': there is none"):
        run_letters("list", "9/9")
