"""The notebook of a task: it runs, shows its tables and plots, and is small enough to be committed."""

import ast
import shutil
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

from tests.support.toy_result import model_result, toy_result
from training.study.report import notebook as module
from training.study.report.notebook import cells, write_notebook
from training.study.results import RESULT, TaskResult, write_result
from wardbeat.errors import EvaluationError


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("notebook")
    write_result(out / RESULT, toy_result())
    return write_notebook(toy_result(), out)


def outputs(path: Path) -> list[Any]:
    notebook = nbformat.read(path, as_version=4)
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.slow
def test_it_shows_the_conclusion_tables_and_plots(path: Path) -> None:
    assert path.name == "toy.ipynb"
    found = outputs(path)
    assert {output.output_type for output in found} == {"stream", "execute_result", "display_data"}
    assert any(toy_result().conclusion in output.get("text", "") for output in found)
    plain = "\n".join(output.data.get("text/plain", "") for output in found if "data" in output)
    for text in ("cnn", "trees", "0.91", "-0.07", "macro_f1"):
        assert text in plain
    assert sum("image/png" in output.get("data", {}) for output in found) == 5


@pytest.mark.slow
def test_it_is_small_and_holds_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert str(path.parent) not in text
    assert str(Path.home()) not in text
    nbformat.validate(nbformat.read(path, as_version=4))
    assert sorted(one.name for one in path.parent.iterdir()) == [RESULT, "toy.ipynb"]


@pytest.mark.slow
def test_a_second_run_gives_the_same_file(path: Path, tmp_path: Path) -> None:
    shutil.copy(path.parent / RESULT, tmp_path)
    assert write_notebook(toy_result(), tmp_path).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_a_failing_cell_is_one_error_and_leaves_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="notebook of toy: a cell failed"):
        write_notebook(toy_result(), tmp_path)  # no result.json there
    assert list(tmp_path.iterdir()) == []


def bare() -> TaskResult:
    model = msgspec.structs.replace(
        model_result("rule", 0.5), roc=[], precision_recall=[], calibration=[], history=[], confusion=[]
    )
    return msgspec.structs.replace(
        toy_result(), models=[model], best="rule", differences=[], tables=[], plots=[], notes=[]
    )


@pytest.mark.parametrize("result", [toy_result(), bare()], ids=["full", "bare"])
def test_every_code_cell_is_python_and_no_cell_is_empty(result: TaskResult) -> None:
    for cell in cells(result):
        assert cell.text
        if cell.is_code:
            ast.parse(cell.text)
        else:
            assert not cell.text.startswith(" ")


def test_what_a_result_lacks_has_no_cell() -> None:
    text = "\n".join(cell.text for cell in cells(bare()))
    for name in ("roc", "calibration", "history", "differences", "confusion"):
        assert f'tables["{name}"]' not in text


def test_titles_with_quotes_are_quoted() -> None:
    table = msgspec.structs.replace(toy_result().tables[0], title='Jim\'s "best" table')
    result = msgspec.structs.replace(toy_result(), tables=[table])
    for cell in cells(result):
        if cell.is_code:
            ast.parse(cell.text)


def test_large_outputs_are_left_out() -> None:
    output = nbformat.v4.new_output("stream", text="x" * (module.MOST_OUTPUT + 1))
    small = nbformat.v4.new_output("stream", text="x")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[output, small])])
    module._strip(notebook)
    assert notebook.cells[0].outputs == [small]
