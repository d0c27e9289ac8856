"""A small fit from end to end, interrupted and begun again; needs TensorFlow."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.bundle import CARD
from models.inputs import INPUT_SHAPES
from models.runtime import Runtime
from processors.ward.ward import Ward
from training.data.capture import BeatRows, Captured, MissedRows, WindowRows
from wardbeat.cli.main import main
from wardbeat.contracts.messages import Beat, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # every stage starts TensorFlow anew, on two busy cores

QUICK = {
    "qrs": {"epochs": 1, "steps": 4, "batch": 4},
    "beat": {"epochs": 2, "rows": 2048},
    "trees": {"rounds": 5, "shape_rounds": 5},
    "window": {"epochs": 1},
    "ventricular": {"rounds": 4},
    "atrial": {"epochs": 1, "rounds": 4},
}
ALARMS = ("v122s", "v132s", "v133l", "v159l")
"""Of challenge-2015."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with excerpts_folder() as folder:
        yield folder


def wardbeat(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["wardbeat", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_train_writes_a_bundle_that_serves_and_goes_on_where_it_was(
    folder: Path,
    shared_data: Path,  # excerpts have too few windows of normal rhythm
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings, work, out = tmp_path / "settings.json", tmp_path / "work", tmp_path / "bundle"
    settings.write_text(json.dumps(QUICK))
    plan = ["--records", shared_data / "mitdb", "--rhythms", shared_data / "challenge-2015"]
    plan += ["--work", work, "--settings", settings]
    plan += [word for name in ("106", "119", "201", "202", "203", *ALARMS) for word in ("--take", name)]
    assert wardbeat(monkeypatch, "train", *plan, "--out", out, "--json") == 0
    said = capsys.readouterr()
    metrics = json.loads(said.out.splitlines()[-1])["metrics"]
    assert {"beat_mitdb_v_f1", "auroc_combined", "auroc_gain_on_autoencoder_low"} <= set(metrics)
    assert None not in metrics.values(), "what no record defines is left out"

    runtime = Runtime.load(out)
    assert runtime.manifest.split.fit == ("106", "119", "201", "203", *ALARMS), "202 is of DS2"
    assert "Fitted on 8 records: 106 119 " in (out / CARD).read_text(encoding="utf-8")
    fitted_on = [set(Runtime.load(fold).manifest.split.fit) for fold in (work / "folds").iterdir()]
    found = sorted(sorted(fit - set(ALARMS)) for fit in fitted_on)
    everybody = ["106", "119", "201", "203"]
    assert found == [everybody, everybody, ["106", "201"], ["119", "203"]], "a fold lacks its patients"
    assert all(fit & set(ALARMS) < set(ALARMS) for fit in fitted_on)

    record, ward = open_record(folder / "207"), Ward(runtime)
    outputs = ward.take(record_chunks(record, stream_id="x", session_id="x", origin="replay"))
    assert sum(isinstance(output, Beat) for output in outputs) > 100
    assert sum(isinstance(output, Window) for output in outputs) > 50

    times = {path: path.stat().st_mtime_ns for path in work.rglob("*.keras") if "folds" not in path.parts}
    assert wardbeat(monkeypatch, "train", "window", *plan, "--out", out) == 0
    fitted = {path for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert {path.parent.parent.name for path in fitted} == {"autoencoder"}, "only what was named is fitted anew"

    best = tmp_path / "best.json"
    arguments = ["tune", "window", *plan, "--trials", "1", "--out", best, "--json"]
    assert wardbeat(monkeypatch, *arguments) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["trials"] == 1
    assert json.loads(best.read_text())["window"] == found["settings"]


def test_train_refuses_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = ["--records", folder, "--rhythms", folder, "--work", tmp_path / "work", "--out", tmp_path / "out"]
    assert wardbeat(monkeypatch, "train", *plan, "--take", "100") == 2
    assert wardbeat(monkeypatch, "train", *plan, "--take", "nobody") == 2
    errors = capsys.readouterr().err.splitlines()
    assert "at least 2 patients are needed, 0 given" in errors[0]
    assert "record 'nobody': in none of the folders" in errors[1]
    assert not (tmp_path / "out").exists()


def rows(n: int, seed: int) -> BeatRows:
    """Beats of class V lie higher than those of class N."""
    random = np.random.default_rng(seed)
    label = random.choice([0, 2], n).astype(np.int8)
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    inputs["waveform"] += label[:, None, None] / 2
    return BeatRows(inputs, label, np.zeros(n, np.int32), np.arange(n, dtype=np.float64) + 300)


def test_a_fit_repeats_with_its_seed_goes_on_after_a_stop_and_learns(tmp_path: Path) -> None:
    from models.export import answers
    from training.data.noise import noise_signals
    from training.fit.networks.beat import BeatSettings, beat_metrics, fit_beat_network

    beats, settings = rows(1024, seed=0), BeatSettings(epochs=8, rows=4096)
    noise = noise_signals(None, np.random.default_rng(0))
    told: list[str] = []

    def tell(stage: str, done: int, total: int, words: str = "") -> None:
        told.append(words)

    def stop_after_two(stage: str, done: int, total: int, words: str = "") -> None:
        if done == 3:
            raise KeyboardInterrupt

    whole = fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=tell)
    backup = tmp_path / "backup"
    with pytest.raises(KeyboardInterrupt):
        fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=stop_after_two, backup=backup)
    told.clear()
    gone_on = fit_beat_network(beats, None, noise, settings=settings, seed=1, progress=tell, backup=backup)
    assert len(told) == 6, "the epochs done are not done again"
    for first, second in zip(whole.get_weights(), gone_on.get_weights(), strict=True):
        assert np.array_equal(first, second)
    unseen = rows(512, seed=2)
    empty = MissedRows(np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0))
    windows = WindowRows({}, *(np.zeros(0, np.bool_),) * 2, np.zeros(0, np.int32), np.zeros(0))
    probabilities = answers(whole, unseen.inputs)["probabilities"]
    assert beat_metrics(Captured(unseen, windows, empty), probabilities)["v_f1"] > 0.9


def test_rare_classes_are_drawn_more_but_not_as_much_as_all_others() -> None:
    from training.fit.networks.beat import drawing_weights

    label = np.array([0] * 900 + [1] * 100, np.int8)
    weights = drawing_weights(BeatRows({}, label, np.zeros(1000, np.int32), np.zeros(1000)), -0.5)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[label == 1].sum() == pytest.approx(0.25)
