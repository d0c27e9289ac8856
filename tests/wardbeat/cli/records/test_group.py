"""``wardbeat records`` and the input side of ``wardbeat replay``: what people see, and exit codes."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.records_on_disk import counting, write_raw, write_record
from wardbeat.cli.main import main


class Result:
    """What a command said, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def wardbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command line through ``main``, as the console script does."""

    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["wardbeat", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Result(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    signal = counting(2, 5000)
    signal[0, :500] = -32768
    write_record(tmp_path, signal, name="good", sig_name=["II", "V5"])
    return tmp_path


def test_list_names_leads_rate_length_and_problems(wardbeat, folder: Path) -> None:  # type: ignore[no-untyped-def]
    write_raw(folder, "bad 1 250 100\nbad.dat 16 200 16 0 0 0 0 II\n", bytes(10), name="bad")
    result = wardbeat("records", "list", folder)
    assert result.code == 0
    bad, good, last = result.out.splitlines()
    assert "bad.dat: truncated, holds 5 of 100 samples" in bad
    assert all(word in good for word in ("good", "250 Hz", "0.3 min", "II, V5", "not annotated"))
    assert last == "2 records, 1 with a problem"


def test_list_as_json(wardbeat, folder: Path) -> None:  # type: ignore[no-untyped-def]
    result = wardbeat("records", "list", folder, "--json")
    assert json.loads(result.out.splitlines()[-1])["records"] == [
        {"record": "good", "fs": 250.0, "leads": ["II", "V5"], "duration_s": 20.0, "beats": None, "problem": None}
    ]


def test_check_reads_the_samples(wardbeat, folder: Path) -> None:  # type: ignore[no-untyped-def]
    result = wardbeat("records", "check", folder)
    assert result.code == 0
    assert "95.0 % valid" in result.out


def test_check_fails_on_the_first_bad_record_and_still_lists_the_rest(wardbeat, folder: Path) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    damaged = write_record(folder, rng.integers(-100, 100, (1, 50_000)), name="damaged", fmt="516").with_suffix(".dat")
    data = bytearray(damaged.read_bytes())
    data[20_000:23_000] = bytes(3000)
    damaged.write_bytes(data)
    result = wardbeat("records", "check", folder)
    assert result.code == 2
    assert "good" in result.out
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("wardbeat: 1 of 2 records can't be used, the first: ")


def test_download_offline_says_what_to_do_instead(wardbeat, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = wardbeat("records", "download", "mitdb", "--to", tmp_path / "out", "--mirror", "http://127.0.0.1:1")
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert "shipped excerpts and --synthetic need no download" in result.err
    assert not (tmp_path / "out").exists()


def test_replay_lists_streams_without_a_broker(wardbeat, folder: Path) -> None:  # type: ignore[no-untyped-def]
    result = wardbeat("replay", "--records", folder, "--patients", 2, "--streams", "--json")
    assert result.code == 0
    rows = json.loads(result.out.splitlines()[-1])["streams"]
    assert [(row["stream"], row["start_s"]) for row in rows] == [("good", 0.0), ("good-2", 10.0)]
    assert "good-2" in wardbeat("replay", "--records", folder, "--patients", 2, "--streams").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--records", "nowhere"], "nowhere: no such folder"),
        (["--synthetic", "samba"], "synthetic rhythm: one of sinus, pvc"),
        (["--synthetic", "sinus", "100"], "synthetic patients have no records, '100' given"),
        (["--bootstrap-servers", "127.0.0.1:1"], "Kafka at 127.0.0.1:1 does not answer"),
    ],
)
def test_replay_refuses_bad_input_in_one_line(  # type: ignore[no-untyped-def]
    wardbeat, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr("producers.sink.CONNECT_TIMEOUT_S", 0.5)
    result = wardbeat("replay", *arguments)
    assert result.code == 2
    assert result.err.splitlines() == [result.err.strip()]
    assert message in result.err
