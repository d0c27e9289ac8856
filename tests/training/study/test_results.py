"""Results of the study as JSON."""

from pathlib import Path

import msgspec
import pytest

from tests.support.toy_result import toy_result
from training.evaluation.bootstrap import Interval
from training.study.results import RESULT, Estimate, estimate, read_result, write_result
from wardbeat.errors import EvaluationError


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_result(tmp_path / RESULT, toy_result())
    assert read_result(tmp_path / RESULT) == toy_result()
    assert [path.name for path in tmp_path.iterdir()] == [RESULT]


def test_a_figure_without_a_value_survives_json() -> None:
    none = estimate(Interval(float("nan"), float("inf"), 0.5))
    assert none == Estimate(None, None, 0.5)
    assert msgspec.json.decode(msgspec.json.encode(none), type=Estimate) == none


@pytest.mark.parametrize("content", [None, b"{", b'{"task": "toy"}'])
def test_what_is_no_result_is_named_with_the_next_step(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / RESULT
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EvaluationError, match=r"result\.json: .*wardbeat compare"):
        read_result(path)
