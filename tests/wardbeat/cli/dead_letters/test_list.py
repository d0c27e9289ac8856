"""``wardbeat dead-letters list``, on a real Kafka."""

import pytest

from tests.support.dead_letters import MISPLACED, Run, listed
from wardbeat.contracts import topics
from wardbeat.contracts.codec import MAX_CHUNK_BYTES

pytestmark = pytest.mark.slow


def test_each_letter_is_listed_once_with_its_source_and_reason(run_letters: Run) -> None:
    rows = listed(run_letters)
    assert [(row["topic"], row["partition"], row["offset"]) for row in rows] == [
        (topics.WAVEFORM, 2, offset) for offset in (5, 6, 7)
    ]
    assert [(row["stream"], row["bytes"], row["readable"]) for row in rows] == [
        ("bed-1", len(MISPLACED), True),
        ("bed-2", 4, False),
        (None, MAX_CHUNK_BYTES + 1, False),
    ]
    assert [str(row["reason"])[:8] for row in rows] == ["reason 5", "reason 6", "reason 7"]
    assert max(len(str(row["reason"])) for row in rows) == 1000
    lines = run_letters("list").output.splitlines()
    assert len(lines) == 3
    assert "ecg.waveform.v1/2/6  4 bytes  bed-2  invalid  reason 6" in lines[1]
