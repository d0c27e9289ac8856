"""The bundle of the twelve-lead networks gives the answers of the study, or is not written."""

import shutil
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime
import pytest

from models.classify.twelve_lead import TwelveLeadClassifier, cut_windows
from models.onnx_files import CARD, MANIFEST
from models.study.rocket import build_rocket, build_rocket_features, rocket_kernels, set_thresholds
from training.data.ptb_xl.cache import prepare_cache
from training.data.ptb_xl.shipped import ptb_xl_excerpt
from training.study.fits import RECORD, FitRecord, fit_folder, fit_model
from training.study.networks import FILE, build_network, predict_with, save_network
from training.study.task import FitSettings, Task
from training.study.tasks.twelve_lead import SuperclassTask, TwelveLeadRhythmTask
from training.study.twelve_lead.ship import export_lead_network, ship_twelve_lead
from wardbeat.errors import BundleError, TrainingError

SETTINGS = FitSettings(width=0.2)


def keep_unfitted(task: Task, work: Path, model: str) -> None:
    """A network with random weights in place of a fitted one, as a fit would keep it."""
    folder = fit_folder(work, model, 0)
    folder.mkdir(parents=True)
    rows = task.rows(work, "validation")
    network = build_network(model, task, rows, SETTINGS)
    save_network(network, folder / FILE)
    np.save(folder / "validation.npy", task.answer(predict_with(network, task), rows))
    record = FitRecord(
        model=model,
        task=task.name,
        seed=0,
        settings=SETTINGS,
        history=[],
        parameters=1,
        fit_s=1,
        ms_per_row=1,
        size_kb=1,
    )
    (folder / RECORD).write_bytes(msgspec.json.encode(record))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder of the study with small networks, on the shipped records."""
    folder = tmp_path_factory.mktemp("study")
    with ptb_xl_excerpt() as source:
        prepare_cache(source, folder / "ptb-xl", lambda *_: None)
    superclasses, rhythm = SuperclassTask(), TwelveLeadRhythmTask()
    for model in ("cnn", "resnet"):
        keep_unfitted(superclasses, folder / superclasses.name, model)
    keep_unfitted(rhythm, folder / rhythm.name, "cnn")
    fit_model("average", superclasses, folder / superclasses.name, 0, lambda *_: None)
    return folder


@pytest.mark.slow
def test_an_average_ships_with_a_graph_for_each_member_and_the_answers_of_the_study(work: Path, tmp_path: Path) -> None:
    manifest = ship_twelve_lead(work, tmp_path / "bundle", {"superclasses": "average", "rhythm": "cnn"})
    superclasses, rhythm = manifest.questions["superclasses"], manifest.questions["rhythm"]
    assert [graph.file for graph in superclasses.graphs] == ["superclasses_cnn.onnx", "superclasses_resnet.onnx"]
    assert [(graph.samples, graph.windows) for graph in superclasses.graphs] == [(250, 7)] * 2
    crop = round(TwelveLeadRhythmTask.crop_s * 100)
    assert [(graph.samples, graph.windows) for graph in rhythm.graphs] == [(crop, TwelveLeadRhythmTask.windows)]
    assert (superclasses.exclusive, rhythm.exclusive) == (False, True)
    assert "superclasses, macro AUC, fold 9" in manifest.metrics
    assert "superclasses, macro AUC, fold 10" not in manifest.metrics  # the comparison has not scored it
    card = (tmp_path / "bundle" / CARD).read_text(encoding="utf-8")
    assert "| superclasses | cnn + resnet | NORM, MI, STTC, CD, HYP |" in card
    assert "$" not in card
    assert TwelveLeadClassifier.load(tmp_path / "bundle").manifest == manifest  # its answers were compared by shipping


@pytest.mark.slow
def test_a_bundle_that_answers_otherwise_than_the_study_is_not_written(work: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(work, tmp_path / "work"))
    file = changed / "superclasses" / "fits" / "cnn" / "0" / "validation.npy"
    np.save(file, np.clip(np.load(file) + 0.1, 0, 1))
    with pytest.raises(BundleError, match=r"question superclasses: bundle and study differ by 0\.1"):
        ship_twelve_lead(changed, tmp_path / "bundle", {"superclasses": "cnn"})
    assert not (tmp_path / "bundle").exists()


@pytest.mark.slow
def test_what_is_not_fitted_or_no_network_is_named(work: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"inception is not fitted in .*--task superclasses`"):
        ship_twelve_lead(work, tmp_path / "bundle", {"superclasses": "inception"})
    changed = Path(shutil.copytree(work, tmp_path / "work"))
    (changed / "superclasses" / "fits" / "resnet" / "0" / "model.keras").unlink()
    with pytest.raises(TrainingError, match="resnet is no network"):
        ship_twelve_lead(changed, tmp_path / "bundle", {"superclasses": "average"})
    assert not (tmp_path / "bundle" / MANIFEST).exists()


@pytest.mark.slow
def test_minirocket_is_one_graph(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(8, 200, 12)).astype(np.float32)
    features = build_rocket_features((200, 12), rocket_kernels((200, 12), np.ones(12, np.float32), random), 300)
    set_thresholds(features, rows)
    n = features.output_shape[-1]
    network = build_rocket(features, random.normal(0, 0.1, (n, 5)).astype(np.float32), np.zeros(5, np.float32))
    export_lead_network(network, tmp_path / "rocket.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "rocket.onnx")
    (served,) = session.run(["logits"], {"signal": rows})
    assert np.abs(served - network.predict(rows, verbose=0)).max() < 0.02  # a sample may be on a threshold


def test_windows_of_the_bundle_are_those_of_the_study() -> None:
    task = SuperclassTask()
    signal = np.arange(1000, dtype=np.float32)[:, None]
    starts = cut_windows(signal, type("Graph", (), {"samples": 250, "windows": task.windows})())[:, 0, 0]
    assert starts.tolist() == np.linspace(0, 750, task.windows).round().tolist()
