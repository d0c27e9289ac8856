"""The options of commands that fit, and the plan that they describe."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.records_on_disk import counting, write_record
from wardbeat.cli.training.fit_options import plan_of
from wardbeat.errors import RecordError

pytestmark = pytest.mark.skipif(find_spec("tensorflow") is None, reason="only fitting needs it")


VARIABLES = (
    "TF_CPP_MIN_LOG_LEVEL", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two annotated records. The variables that a plan sets are restored after the test."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "1")
    for name in ("a", "b"):
        write_record(tmp_path, counting(2, 1000), name=name)
        (tmp_path / f"{name}.atr").write_bytes(b"\0\0")
    return tmp_path


def test_a_plan_has_the_named_records(folder: Path) -> None:
    plan = plan_of([folder], [], ["b"], None, 7, None)
    assert [[path.name for path in paths] for paths in plan.folders] == [["b"]]
    assert plan.seed == 7


def test_an_unknown_record_is_named(folder: Path) -> None:
    with pytest.raises(RecordError, match="record 'c': in none of the folders; `wardbeat records list` shows"):
        plan_of([folder], [], ["a", "c"], None, 0, None)
