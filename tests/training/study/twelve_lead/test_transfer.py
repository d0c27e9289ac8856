"""The transfer copies what fits, gives both methods the same patients, and has intervals over patients."""

from pathlib import Path

import keras
import numpy as np
import pytest

from models.study.cnn import build_cnn
from tests.support.toy_task import silent
from training.study.fits import fit_folder
from training.study.networks import FILE
from training.study.task import FitSettings, Rows
from training.study.tasks.ventricular_beats import VentricularBeatsTask
from training.study.twelve_lead.transfer import (
    METHODS,
    PATIENTS,
    TransferPoint,
    adapt,
    curve_point,
    transfer_curve,
    transfer_plot,
)
from training.study.ward.row_files import save_rows


def drawn_rows(patients: int, seed: int, each: int = 40) -> Rows:
    """Beats of which the V have the opposite sign."""
    random = np.random.default_rng(seed)
    n = patients * each
    label = (random.random(n) < 0.2).astype(int)
    shape = np.hanning(105)[None, :, None] * np.where(label, -1.0, 1.0)[:, None, None]
    signal = (4 * shape + random.normal(size=(n, 105, 2))).astype(np.float32)
    patient = np.repeat([f"{seed}-{one}" for one in range(patients)], each)
    return Rows({"signal": signal}, np.eye(2, dtype=np.float32)[label], patient, patient)


def test_weights_are_copied_but_for_leads_and_classes() -> None:
    twelve = build_cnn({"signal": (250, 12)}, 5, width=0.25)
    two = build_cnn({"signal": (105, 2)}, 2, width=0.25)
    own_logits = two.get_layer("logits").get_weights()
    adapt(twelve, two, [1, 6])
    first, first_of_two = twelve.layers[1].get_weights()[0], two.layers[1].get_weights()[0]
    assert (first_of_two == first[:, [1, 6]]).all()
    for source, target in zip(twelve.layers[2:-1], two.layers[2:-1], strict=True):
        for one, other in zip(source.get_weights(), target.get_weights(), strict=True):
            assert (one == other).all()
    assert all(
        (one == other).all() for one, other in zip(own_logits, two.get_layer("logits").get_weights(), strict=True)
    )


def test_a_point_is_the_mean_f1_of_the_seeds_with_its_interval() -> None:
    rows = drawn_rows(20, 0)
    truth = rows.labels[:, 1] > 0.5
    wrong = truth.copy()
    wrong[::4] ^= True
    point = curve_point(5, "fine-tuned", rows, [truth, wrong])
    hits = (truth & wrong).sum()
    assert point.v_f1 == pytest.approx((1 + 2 * hits / (truth.sum() + wrong.sum())) / 2)
    assert point.low < point.v_f1 < point.high
    certain = curve_point(5, "fine-tuned", rows, [truth, truth])
    assert (certain.v_f1, certain.low, certain.high) == (1, 1, 1)


def test_the_plot_has_a_line_for_each_method() -> None:
    points = [TransferPoint(n, method, 0.5, 0.4, 0.6) for method in METHODS for n in PATIENTS]
    plot = transfer_plot(points)
    assert [line.name for line in plot.lines] == list(METHODS)
    assert plot.lines[0].x == [1, 5, 10, 22]
    assert plot.lines[1].low == [0.4] * 4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves as before numpy 2
def test_the_curve_is_fitted_once(tmp_path: Path) -> None:
    work = tmp_path / "superclasses"
    save_rows(tmp_path / VentricularBeatsTask.name / "fit.npz", drawn_rows(22, 1))
    save_rows(tmp_path / VentricularBeatsTask.name / "validation.npz", drawn_rows(6, 2))
    source = fit_folder(work, "cnn", 0)
    source.mkdir(parents=True)
    build_cnn({"signal": (250, 12)}, 5, width=0.25).save(source / FILE)
    settings = FitSettings(epochs=1, rows=160, batch=16, width=0.25)
    few = {"patients": (2,), "seeds": (0,)}
    points = transfer_curve(tmp_path / "no data", work, silent, settings=settings, **few)
    assert {(point.method, point.patients) for point in points} == {(method, 2) for method in METHODS}
    keras.backend.clear_session()
    (source / FILE).unlink()
    assert transfer_curve(tmp_path / "no data", work, silent, settings=settings, **few) == points
