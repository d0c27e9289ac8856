"""The outputs of the monitor are reproducible, and the same as before the last deliberate change."""

import json
from itertools import chain, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import output_hashes
from benchmarks.output_hashes import RUNS, hash_of, machine
from models.runtime import Runtime
from tests.support.samples import make_alert
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import find_records

GOLDEN = Path(__file__).parents[1] / "golden" / "output_hashes.json"
"""Hashes of the first 60 s of each shipped excerpt: the last line of ``make hashes ARGS="--seconds 60 --json"``."""


@pytest.mark.slow
def test_two_runs_have_the_same_hashes_and_a_difference_is_reported(tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    arguments = ["--seconds", "10", "--json", "100"]
    first = CliRunner().invoke(output_hashes.main, arguments)
    before.write_text(first.stdout)
    again = CliRunner().invoke(output_hashes.main, [*arguments, "--compare", str(before)])
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert f"{len(RUNS)} of {len(RUNS)} runs are the same" in again.stderr
    figures = json.loads(first.stdout)
    figures["hashes"]["100: faulty"] = "other"
    before.write_text(json.dumps(figures))
    changed = CliRunner().invoke(output_hashes.main, [*arguments, "--compare", str(before)])
    assert changed.exit_code == 1
    assert "different: 100: faulty" in changed.stderr


def test_a_changed_output_changes_the_hash() -> None:
    outputs = [make_alert("pause", 360), make_alert("asystole", 720)]
    assert hash_of(outputs) == hash_of(outputs)
    assert len({hash_of(outputs), hash_of(outputs[:1]), hash_of(outputs[::-1]), hash_of([])}) == 4
    assert hash_of([make_alert("pause", 360)]) != hash_of([make_alert("pause", 361)])


@pytest.mark.slow
def test_the_outputs_are_those_of_the_golden_file() -> None:
    golden = json.loads(GOLDEN.read_text())
    if golden["machine"] != machine():
        pytest.skip(f"hashes depend on the processor model: {GOLDEN.name} is of {golden['machine']}, not {machine()}")
    networks = Runtime.load(None)
    with excerpts_folder() as folder:
        paths = find_records(folder)
        assert len(paths) >= len(RUNS), "each kind of run has a record"
        runs = chain.from_iterable(repeat(tuple(RUNS)))  # one kind for each record keeps the test short
        hashes = dict(
            found
            for path, run in zip(paths, runs, strict=False)
            for found in output_hashes.output_hashes(path, networks, golden["seconds"], [run])
        )
    assert hashes == {name: golden["hashes"][name] for name in hashes}, "an output of the monitor has changed"
