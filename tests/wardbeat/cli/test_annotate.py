"""``wardbeat annotate`` on the command line: what it writes, what it refuses, and how it stops."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import wfdb
from click.testing import CliRunner

from tests.support.limits import WAIT_S
from tests.support.paced_hearts import Pulse, paced_heart
from tests.support.processes import children_of, is_running
from tests.support.records_on_disk import counting, write_raw, write_record
from wardbeat.care.admissions import PatientLimits
from wardbeat.care.ward_defaults import WardDefaults
from wardbeat.cli import main
from wardbeat.ecg.synthetic import synthetic_record

HEADER = "rec 1 250 1000\nrec.dat 16 200 16 0 0 0 0 II\n"


def annotate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str]:
    """Exit code and what went to standard error, as the installed command gives them."""
    monkeypatch.setattr(sys, "argv", ["wardbeat", "annotate", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_:
        main.main()
    return int(exit_.value.code or 0), capsys.readouterr().err


def write_bad(folder: Path, what: str) -> str:
    """Write a bad record; return the text that the error must contain."""
    match what:
        case "header without its signal file":
            (folder / "rec.hea").write_text(HEADER)
            return "rec.dat"
        case "truncated":
            path = write_record(folder, counting(2, 1000))
            data = path.with_suffix(".dat").read_bytes()
            path.with_suffix(".dat").write_bytes(data[: len(data) // 2])
            return "rec.dat"
        case "unknown format":
            write_raw(folder, HEADER.replace(" 16 200", " 17 200"), b"\0" * 2000)
            return "17"
        case "zero length":
            write_raw(folder, HEADER.replace("1000", "0"))
            return "rec"
        case "no header at all":
            write_raw(folder, "\n", b"")
            return "rec.hea"
        case "empty folder":
            return "wardbeat records download"
        case _:
            raise AssertionError(what)


@pytest.mark.parametrize(
    "what",
    [
        "header without its signal file",
        "truncated",
        "unknown format",
        "zero length",
        "no header at all",
        "empty folder",
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The folder also has a good record: all records are checked before the first one starts."""
    records, out = tmp_path / "records", tmp_path / "out"
    records.mkdir()
    message = write_bad(records, what)
    if what != "empty folder":
        write_record(records, counting(2, 1000), name="another")
    code, error = annotate(capsys, monkeypatch, "--records", records, "--out", out)
    assert code == 2
    assert error.startswith("wardbeat: ")
    assert error.count("\n") == 1
    assert message in error
    assert not out.exists()


def test_no_such_folder_and_no_such_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    code, error = annotate(capsys, monkeypatch, "--records", tmp_path / "nowhere", "--out", out)
    assert (code, error.count("\n")) == (2, 1)
    assert "nowhere: no such folder" in error
    write_record(tmp_path, counting(2, 1000))
    code, error = annotate(capsys, monkeypatch, "--records", tmp_path, "--out", out, "rec", "other")
    assert (code, error.count("\n")) == (2, 1)
    assert "no record 'other'" in error
    assert not out.exists()


def test_two_records_of_one_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_record(tmp_path / folder, counting(2, 1000))
    code, error = annotate(capsys, monkeypatch, "--records", tmp_path, "--out", tmp_path / "out")
    assert (code, error.count("\n")) == (2, 1)
    assert "'rec': two folders have a record of this name" in error


def test_an_out_that_is_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(tmp_path, counting(2, 1000))
    out = tmp_path / "out"
    out.write_text("mine")
    code, error = annotate(capsys, monkeypatch, "--records", tmp_path, "--out", out)
    assert (code, error.count("\n")) == (2, 1)
    assert "can't be made a folder" in error
    assert out.read_text() == "mine"


@pytest.mark.parametrize("chunk_s", ["0", "-1", "1.5"])
def test_a_chunk_length_out_of_range_is_a_usage_error(tmp_path: Path, chunk_s: str) -> None:
    arguments = ["annotate", "--records", str(tmp_path), "--out", str(tmp_path), "--chunk-s", chunk_s]
    result = CliRunner().invoke(main.cli, arguments)
    assert result.exit_code == 2
    assert "--chunk-s" in result.output


def wait_for(condition: Callable[[], bool], limit_s: float = WAIT_S) -> None:
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def write_good(folder: Path, names: list[str]) -> None:
    for seed, name in enumerate(names):
        record = synthetic_record("pvc", 20, seed=seed)
        write_record(folder, record.read(0, record.n_samples).astype(np.int64), name=name, gain=1000)


@pytest.mark.slow
def test_writes_three_files_a_record_and_a_summary(tmp_path: Path) -> None:
    records, out = tmp_path / "records", tmp_path / "deep" / "out"
    records.mkdir()
    write_good(records, ["r1", "r2", "r3"])
    arguments = ["annotate", "--records", str(records), "--out", str(out), "--jobs", "2", "--json", "r3", "r1", "r3"]
    result = CliRunner().invoke(main.cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    suffixes = ("wb", "status.jsonl", "alerts.jsonl", "windows.jsonl")
    assert {path.name for path in out.iterdir()} == {f"{name}.{suffix}" for name in ("r1", "r3") for suffix in suffixes}
    report = json.loads(result.stdout.splitlines()[-1])
    assert set(report) == {"records", "beats", "alerts", "signal_s", "took_s"}
    assert [row["record"] for row in report["records"]] == ["r1", "r3"]
    assert report["signal_s"] == 40
    annotated = [wfdb.rdann(str(out / name), "wb") for name in ("r1", "r3")]
    assert report["beats"] == sum(symbol != "+" for annotation in annotated for symbol in annotation.symbol) > 30


@pytest.mark.slow
def test_the_leads_can_be_chosen_and_the_others_are_named(tmp_path: Path) -> None:
    write_good(tmp_path, ["r1"])
    record = synthetic_record("sinus", 20)
    signals = np.vstack([record.read(0, record.n_samples), np.zeros((1, record.n_samples))]).astype(np.int64)
    write_record(tmp_path, signals, name="psg", gain=1000, sig_name=["ECG", "V5", "Fp1"])
    arguments = ["annotate", "--records", str(tmp_path), "--out", str(tmp_path), "--jobs", "1", "--json"]
    result = CliRunner().invoke(main.cli, [*arguments, "--leads", "psg=V5"], catch_exceptions=False)
    rows = json.loads(result.stdout.splitlines()[-1])["records"]
    assert [(row["record"], row["leads"], row["left_out"]) for row in rows] == [
        ("psg", ["V5"], ["ECG (not chosen by hand)", "Fp1 (not chosen by hand)"]), ("r1", ["ECG1", "ECG2"], []),
    ]  # fmt: skip
    result = CliRunner().invoke(main.cli, arguments[:-1], catch_exceptions=False)
    assert "ECG, V5 (ECG by name); 1 left out: Fp1 (EEG by name)" in result.stdout


@pytest.mark.slow
def test_damage_found_while_reading_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compressed file shows its damage only when it is read."""
    path = write_record(tmp_path, counting(2, 60_000), fmt="516")
    data = bytearray(path.with_suffix(".dat").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(2000)
    path.with_suffix(".dat").write_bytes(data)
    code, error = annotate(capsys, monkeypatch, "--records", tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert error.count("\n") == 1
    assert "rec" in error
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_it_leaves_no_half_file_and_no_process(tmp_path: Path, how: signal.Signals) -> None:
    records, out = tmp_path / "records", tmp_path / "out"
    records.mkdir()
    out.mkdir()
    record = synthetic_record("pvc", 18_000)  # long enough to be stopped in the middle: a fast core takes 14 s
    write_record(records, record.read(0, record.n_samples).astype(np.int64), name="long", gain=1000)
    write_good(records, ["short"])
    command = [sys.executable, "-c", "from wardbeat.cli.main import main; main()", "annotate", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--records", str(records), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for((out / "short.alerts.jsonl").exists)
    workers = children_of(process.pid)
    assert len(workers) >= 2
    process.send_signal(how)
    _, error = process.communicate(timeout=WAIT_S)  # the pipes close when the worker processes have ended as well
    assert process.returncode in (1, -signal.SIGKILL)
    assert b"Traceback" not in error
    assert sorted(path.name for path in out.iterdir()) == [
        "short.alerts.jsonl", "short.status.jsonl", "short.wb", "short.windows.jsonl",
    ]  # fmt: skip
    wait_for(lambda: not any(is_running(pid) for pid in workers))


@pytest.mark.slow
def test_a_report_is_one_more_file_and_changes_no_other(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    write_good(records, ["r1"])
    for out, options in ((tmp_path / "plain", []), (tmp_path / "reported", ["--report"])):
        arguments = ["annotate", "--records", str(records), "--out", str(out), *options]
        assert CliRunner().invoke(main.cli, arguments, catch_exceptions=False).exit_code == 0
    plain = {path.name: path.read_bytes() for path in (tmp_path / "plain").iterdir()}
    reported = {path.name: path.read_bytes() for path in (tmp_path / "reported").iterdir()}
    page = reported.pop("r1.report.html")
    assert reported == plain
    assert b"Holter report: r1" in page


@pytest.mark.slow
def test_the_wards_limits_come_from_a_file(tmp_path: Path) -> None:
    record = synthetic_record("tachy", 30, fs=250)
    write_record(tmp_path, record.read(0, record.n_samples).astype(np.int64), gain=record.gain[0])
    (tmp_path / "ward.json").write_bytes(msgspec.json.encode(WardDefaults(1, PatientLimits(hr_high_bpm=200), 1, "AB")))
    for options, codes in (([], {"tachycardia"}), (["--ward-defaults", str(tmp_path / "ward.json")], set())):
        command = ["annotate", "--records", str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", "1", *options]
        assert CliRunner().invoke(main.cli, command, catch_exceptions=False).exit_code == 0
        (file,) = (tmp_path / "out").glob("*.alerts.jsonl")
        assert {json.loads(line)["code"] for line in file.read_text().splitlines()} & {"tachycardia"} == codes


def test_a_file_without_ward_defaults_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(tmp_path, counting(2, 1000))
    (tmp_path / "wrong.json").write_text("{")
    for name, reason in (("wrong.json", "no ward defaults"), ("missing.json", "missing.json")):
        arguments = ("--records", tmp_path, "--out", tmp_path / "out", "--ward-defaults", tmp_path / name)
        code, error = annotate(capsys, monkeypatch, *arguments)
        assert (code, reason in error) == (2, True)


def test_a_record_of_a_paced_patient_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pulse of 9 mV with a tail of 2 mV and no answer from 20 s on: no beat of a patient who is known to be paced."""
    record = paced_heart(Pulse(9.0, 0.001, 2.0), lost_s=20, duration_s=30)
    path = write_record(tmp_path, record.read(0, record.n_samples).astype(np.int64), gain=record.gain[0])
    for options, codes in (([], set()), (["--paced", path.name], {"asystole"}), (["--paced", "all"], {"asystole"})):
        command = ["annotate", "--records", str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", "1", *options]
        assert CliRunner().invoke(main.cli, command, catch_exceptions=False).exit_code == 0
        (file,) = (tmp_path / "out").glob("*.alerts.jsonl")
        assert {json.loads(line)["code"] for line in file.read_text().splitlines()} & {"asystole"} == codes
    arguments = ("--records", tmp_path, "--out", tmp_path / "out", "--paced", "other")
    code, error = annotate(capsys, monkeypatch, *arguments)
    assert (code, "--paced other" in error) == (2, True)
