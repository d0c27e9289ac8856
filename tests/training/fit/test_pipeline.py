"""The fit of a whole bundle, from records to a bundle that serves; needs TensorFlow."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import wfdb

from models.onnx_files import CARD
from models.runtime import Runtime
from processors.ward.ward import Ward
from wardbeat.cli.main import main
from wardbeat.contracts.messages import Beat, Window
from wardbeat.ecg.chunking import record_chunks
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record

QUICK = {
    "qrs": {"epochs": 1, "steps": 4, "batch": 4},
    "beat": {"epochs": 2, "rows": 2048},
    "trees": {"rounds": 5, "shape_rounds": 5},
    "window": {"epochs": 1},
    "ventricular": {"rounds": 4},
    "atrial": {"epochs": 1, "rounds": 4},
}
PATIENTS = ("106", "119", "201", "202", "203")
"""Of mitdb; two folds."""
ALARMS = ("v122s", "v132s", "v133l", "v159l")
"""Of challenge-2015."""
MINUTES = 12
"""Of each patient; scores begin after 5 min of learning."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with excerpts_folder() as folder:
        yield folder


def wardbeat(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["wardbeat", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def cut_record(source: Path, out: Path, minutes: float) -> None:
    """Write the beginning of a record and its annotations."""
    stop = round(wfdb.rdheader(str(source)).fs * 60 * minutes)
    record = wfdb.rdrecord(str(source), sampto=stop, physical=False)
    wfdb.wrsamp(
        source.name,
        fs=record.fs,
        units=record.units,
        sig_name=record.sig_name,
        d_signal=record.d_signal,
        fmt=record.fmt,
        adc_gain=record.adc_gain,
        baseline=record.baseline,
        write_dir=str(out),
    )
    annotations = wfdb.rdann(str(source), "atr", sampto=stop)
    wfdb.wrann(
        source.name,
        "atr",
        sample=annotations.sample,
        symbol=annotations.symbol,
        subtype=annotations.subtype,
        chan=annotations.chan,
        num=annotations.num,
        aux_note=[text.rstrip("\0") for text in annotations.aux_note],
        fs=annotations.fs,
        write_dir=str(out),
    )


@pytest.fixture
def plan(shared_data: Path, tmp_path: Path) -> list[object]:  # the excerpts have too few windows of normal rhythm
    """The options of a small fit: what is fitted, from what, and where."""
    records = tmp_path / "mitdb"
    records.mkdir()
    for name in PATIENTS:
        cut_record(shared_data / "mitdb" / name, records, MINUTES)
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(QUICK))
    plan = ["--records", records, "--rhythms", shared_data / "challenge-2015"]
    plan += ["--work", tmp_path / "work", "--settings", settings]
    return [*plan, *(word for name in (*PATIENTS, *ALARMS) for word in ("--take", name))]


def last_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)  # 2 min of CPU time, of which a busy machine may give little
def test_train_writes_a_bundle_that_serves_and_settings_are_searched(
    plan: list[object],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    work, out = tmp_path / "work", tmp_path / "bundle"
    assert wardbeat(monkeypatch, "train", *plan, "--out", out, "--jobs", "1", "--json") == 0
    metrics = last_json(capsys)["metrics"]
    assert {"beat_mitdb_v_f1", "auroc_combined", "auroc_gain_on_autoencoder_low"} <= set(metrics)
    assert None not in metrics.values(), "what no record defines is left out"

    runtime = Runtime.load(out)
    assert runtime.manifest.split.fit == ("106", "119", "201", "203", *ALARMS), "202 is of DS2"
    assert "Fitted on 8 records: 106 119 " in (out / CARD).read_text(encoding="utf-8")
    fitted_on = [set(Runtime.load(fold).manifest.split.fit) for fold in (work / "folds").iterdir()]
    patients = sorted(sorted(fit - set(ALARMS)) for fit in fitted_on)
    all_patients = ["106", "119", "201", "203"]
    assert patients == [all_patients, all_patients, ["106", "201"], ["119", "203"]], "a fold lacks its patients"
    assert all(fit & set(ALARMS) < set(ALARMS) for fit in fitted_on)

    record, ward = open_record(folder / "207"), Ward(runtime)
    outputs = ward.take(record_chunks(record, stream_id="x", session_id="x", origin="replay"))
    assert sum(isinstance(output, Beat) for output in outputs) > 100
    assert sum(isinstance(output, Window) for output in outputs) > 50

    best = tmp_path / "best.json"
    arguments = ["tune", "window", *plan, "--trials", "1", "--out", best, "--json"]
    assert wardbeat(monkeypatch, *arguments) == 0
    found = last_json(capsys)
    assert found["trials"] == 1
    assert json.loads(best.read_text())["window"] == found["settings"]


@pytest.mark.minutes
@pytest.mark.timeout(3600)
def test_train_fits_only_the_named_network_again(
    plan: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, out = tmp_path / "work", tmp_path / "bundle"
    assert wardbeat(monkeypatch, "train", *plan, "--out", out) == 0
    times = {path: path.stat().st_mtime_ns for path in work.rglob("*.keras") if "folds" not in path.parts}
    assert wardbeat(monkeypatch, "train", "window", *plan, "--out", out) == 0
    fitted = {path for path, time in times.items() if path.stat().st_mtime_ns != time}
    assert {path.parent.parent.name for path in fitted} == {"autoencoder"}


@pytest.mark.slow
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
