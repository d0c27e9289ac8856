"""A small fit from end to end; needs TensorFlow."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.bundle import CARD, MANIFEST
from models.inputs import INPUT_SHAPES
from models.runtime import Runtime
from processors.ward import Ward
from wardbeat.cli.main import main
from wardbeat.ecg.excerpts import excerpts_folder
from wardbeat.ecg.records import open_record, record_chunks
from wardbeat.messages import Beat, Window

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # TensorFlow takes its time on two busy cores


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with excerpts_folder() as folder:
        yield folder


def test_train_writes_a_bundle_that_serves(
    folder: Path,
    shared_data: Path,  # excerpts have too few windows of normal rhythm to fit and to choose by
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "bundle"
    records = ["--records", shared_data / "mitdb", "--test", folder]
    arguments = ["train", "106", "119", "205", *records, "--out", out, "--epochs", "2", "--json"]
    monkeypatch.setattr(sys, "argv", ["wardbeat", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert json.loads(said.out.splitlines()[-1])["bundle"] == str(out)

    runtime = Runtime.load(out)
    assert set(runtime.manifest.split.fit) == {"106", "119"}
    assert runtime.manifest.split.validation == ("205",)
    card = (out / CARD).read_text(encoding="utf-8")
    assert "Fitted on 2 patients: 106 119." in card
    assert "| 232 |" in card, "the test records of mitdb are DS2"
    assert "| 208 |" not in card
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    words = [line.split() for line in said.err.splitlines() if line.startswith("beat network:")]
    losses = [float(line[line.index("loss") + 1].strip(",")) for line in words]
    assert losses[-1] < losses[0]

    record, ward = open_record(folder / "207"), Ward(runtime)
    outputs = ward.take(record_chunks(record, stream_id="x", session_id="x", origin="replay"))
    assert sum(isinstance(output, Beat) for output in outputs) > 300
    assert sum(isinstance(output, Window) for output in outputs) > 50


def test_an_interrupted_fit_leaves_the_old_bundle(folder: Path, tmp_path: Path) -> None:
    from training.train import Plan, train

    out = tmp_path / "bundle"
    out.mkdir()
    (out / MANIFEST).write_text("the old one")

    def interrupt(stage: str, done: int, total: int, words: str = "") -> None:
        if stage == "beat network":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Plan([[folder / "100", folder / "205"]], beat_epochs=1), out, interrupt)
    assert (out / MANIFEST).read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_fit_repeats_with_its_seed_and_learns() -> None:
    """Beats of class V lie higher than those of class N: a few epochs tell them apart."""
    from training.capture import BeatRows, Captured, MissedRows, WindowRows
    from training.fit_beat import beat_metrics, fit_beat_network
    from training.noise import noise_signals

    random = np.random.default_rng(0)
    n = 1024
    label = random.choice([0, 2], n).astype(np.int8)
    inputs = {name: random.normal(size=(n, *shape)).astype(np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    inputs["waveform"] += label[:, None, None] / 2
    rows = BeatRows(inputs, label, np.zeros(n, np.int32), np.arange(n, dtype=np.float64) + 300)
    empty = MissedRows(np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0))
    no_windows = WindowRows({}, *(np.zeros(0, np.bool_),) * 2, np.zeros(0, np.int32), np.zeros(0))
    validation = Captured(rows, no_windows, empty, ("",))
    noise = noise_signals(None, random)
    told: list[str] = []
    networks = [
        fit_beat_network(
            rows, validation, noise, seed=1, epochs=8, progress=lambda stage, done, total, words="": told.append(words)
        )
        for _ in range(2)
    ]
    assert beat_metrics(networks[0], validation)["v_f1"] > 0.9
    first, again = ([array.tobytes() for array in network.get_weights()] for network in networks)
    assert first == again
    losses = [float(words.split(",")[0].removeprefix("loss ")) for words in told[:8]]
    assert losses[-1] < losses[0]


def test_rare_classes_weigh_more_but_not_as_much_as_all_others() -> None:
    from training.capture import BeatRows
    from training.fit_beat import row_weights

    label = np.array([0] * 900 + [1] * 100, np.int8)
    weights = row_weights(BeatRows({}, label, np.zeros(1000, np.int32), np.zeros(1000)))
    assert weights.mean() == pytest.approx(1.0)
    assert weights[label == 1].sum() / weights.sum() == pytest.approx(0.25)


def test_the_head_finds_what_is_known_and_is_calibrated() -> None:
    from models.window import KNOWN_FEATURES
    from training.fit_window import cross_fitted_probability, fit_head

    random = np.random.default_rng(2)
    x = random.normal(size=(4000, len(KNOWN_FEATURES))).astype(np.float32)
    error = np.exp(random.normal(-2.0, 0.1, 4000)).astype(np.float32)
    truth = random.random(4000) < 1 / (1 + np.exp(-(2.0 * x[:, 0] - x[:, 3] - 1.0)))
    p = fit_head(x, error, truth).probability(x, error)
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (p >= low) & (p < low + 0.2)
        assert truth[inside].mean() == pytest.approx(p[inside].mean(), abs=0.06)
    crossed = cross_fitted_probability(x, error, truth, np.arange(4000, dtype=np.int32) % 8)
    assert np.corrcoef(p, crossed)[0, 1] > 0.99


def test_the_head_finds_what_no_label_speaks_of() -> None:
    from models.window import KNOWN_FEATURES
    from training.fit_window import fit_head

    random = np.random.default_rng(3)
    x = random.normal(size=(4000, len(KNOWN_FEATURES))).astype(np.float32)
    error = np.exp(random.normal(-2.0, 0.1, 4000)).astype(np.float32)
    head = fit_head(x, error, x[:, 0] > 0)
    normal = np.full((1, len(KNOWN_FEATURES)), -3.0, np.float32)
    assert head.probability(normal, np.array([np.exp(-2.0)], np.float32))[0] < 0.1
    assert head.probability(normal, np.array([1.0], np.float32))[0] > 0.95
