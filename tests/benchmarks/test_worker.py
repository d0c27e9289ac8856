"""The benchmark of a whole worker runs. No test checks how fast it is."""

import json

import pytest
from click.testing import CliRunner

from benchmarks import worker

pytestmark = pytest.mark.slow


def test_a_worker_is_measured_live_and_with_a_backlog() -> None:
    result = CliRunner().invoke(worker.main, ["--patients", "2", "--seconds", "2", "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    figures = json.loads(result.output.splitlines()[-1])
    assert figures["patients"] == 2
    assert set(figures["us_per_s"]) == {"no viewers", "all viewed", "a backlog"}
    assert min(figures["us_per_s"].values()) > 0
