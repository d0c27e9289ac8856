"""Each step of the preparation is switched off alone, and its effect is measured on validation patients."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.ward_study import write_ward_data
from training.study.task import Rows
from training.study.ward.ablation import ALL_STEPS, STEPS, AblationTask, ablation_table, step_inputs, step_results

RANDOM = np.random.default_rng(0)
BEATS = {
    "filtered_mv": RANDOM.normal(size=(3, 131, 2)).astype(np.float32),
    "raw_mv": RANDOM.normal(size=(3, 131, 2)).astype(np.float32),
    "grid_mv": RANDOM.normal(size=(3, 131, 2)).astype(np.float32),
    "amplitude_mv": np.full((3, 2), 2.0, np.float32),
    "rr": RANDOM.normal(size=(3, 12)).astype(np.float32),
}


def test_each_row_differs_from_the_first_by_one_step() -> None:
    inputs = {step: step_inputs(BEATS, step) for step in STEPS}
    full = inputs[ALL_STEPS]
    np.testing.assert_allclose(full["signal"], BEATS["filtered_mv"] / 2)
    np.testing.assert_allclose(inputs["no noise reduction"]["signal"], BEATS["raw_mv"] / 2)
    np.testing.assert_allclose(inputs["no normalisation"]["signal"], BEATS["filtered_mv"])
    np.testing.assert_allclose(inputs["no segmentation"]["signal"], BEATS["grid_mv"] / 2)
    assert np.array_equal(inputs["no RR features"]["signal"], full["signal"])
    assert [step for step in STEPS if "features" not in inputs[step]] == ["no RR features"]


def test_differences_are_paired_over_patients() -> None:
    reference = np.tile([0, 1, 2, 0], 10)
    labels = np.eye(4, dtype=np.float32)[reference]
    patient = np.repeat([f"p{at}" for at in range(10)], 4)
    worse = reference.copy()
    worse[reference == 1] = 0
    results = step_results(
        {ALL_STEPS: labels, "no RR features": np.eye(4, dtype=np.float32)[worse]}, Rows({}, labels, patient, patient)
    )
    first, second = results
    assert first.differences["S F1"].value == 0
    assert second.figures["V F1"].value == pytest.approx(1)
    assert second.figures["S F1"].value == pytest.approx(0)
    assert second.differences["mean F1 of S and V"].high == pytest.approx(-0.5)
    table = ablation_table(results)
    assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.mark.slow
def test_rows_come_from_the_records_of_fit_and_validation(tmp_path: Path) -> None:
    data = write_ward_data(tmp_path / "data")
    for path in [*(data / "mitdb").iterdir(), *(data / "svdb").iterdir()]:
        if path.stem not in {"119", "207", "S001"}:
            path.unlink()
    task, work = AblationTask("no RR features"), tmp_path / "ablation" / "no-RR-features"
    work.mkdir(parents=True)
    task.prepare(data, work, lambda *_: None)
    fit, validation = task.rows(work, "fit"), task.rows(work, "validation")
    assert set(fit.record) == {"119", "S001"}
    assert set(validation.patient) == {"207"}
    assert fit.inputs["signal"].shape[1:] == (131, 2)
    assert fit.labels.sum(axis=1).min() == 1, "false detections are fitted on as N"
    assert AblationTask(ALL_STEPS).rows(work, "fit").inputs["features"].shape[0] == len(fit)
