"""``wardbeat replay``: the patients it would send, and the input it refuses. A real replay: tests/producers."""

import json
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from tests.support.command_line import CommandLine
from tests.support.records_on_disk import counting, write_record
from tests.support.samples import make_chunk
from wardbeat.contracts import topics
from wardbeat.contracts.codec import encode_chunk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one record of 20 s."""
    write_record(tmp_path, counting(2, 5000), name="good", sig_name=["II", "V5"])
    return tmp_path


def test_replay_lists_streams_without_a_broker(wardbeat: CommandLine, folder: Path) -> None:
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
        (["--leads", "II,"], "--leads 'II,': names of leads are separated by commas"),
        (["--synthetic", "sinus", "--leads", "II"], "synthetic patients have no leads to choose"),
        (["--synthetic", "sinus", "100"], "synthetic patients have no records, '100' given"),
        (["--bootstrap-servers", "127.0.0.1:1"], "Kafka at 127.0.0.1:1 does not answer"),
    ],
)
def test_replay_refuses_bad_input_in_one_line(
    wardbeat: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setattr("producers.sink.CONNECT_TIMEOUT_S", 0.5)
    result = wardbeat("replay", *arguments)
    assert result.code == 2
    assert result.err.splitlines() == [result.err.strip()]
    assert message in result.err


def test_synthetic_patients_are_listed_by_rhythm(wardbeat: CommandLine) -> None:
    result = wardbeat("replay", "--synthetic", "sinus,vt", "--patients", 3, "--streams", "--json")
    rows = json.loads(result.out.splitlines()[-1])["streams"]
    assert [(row["stream"], row["origin"]) for row in rows] == [
        ("sinus", "synthetic"), ("vt", "synthetic"), ("sinus-2", "synthetic"),
    ]  # fmt: skip


def test_chosen_records_are_listed_with_rate_and_leads(wardbeat: CommandLine, folder: Path) -> None:
    write_record(folder, counting(1, 5000), name="other")
    result = wardbeat("replay", "--records", folder, "--streams", "good")
    assert result.out.split() == ["good", "replay", "from", "0", "s", "250", "Hz", "II,", "V5"]


def test_the_leads_of_a_record_can_be_chosen(wardbeat: CommandLine, folder: Path) -> None:
    write_record(folder, counting(3, 5000), name="psg", sig_name=["Resp", "ECG1", "ECG2"])
    listed = wardbeat("replay", "--records", folder, "--streams", "psg").out
    assert "ECG1, ECG2; 1 left out: Resp (respiration by name)" in listed
    result = wardbeat("replay", "--records", folder, "--streams", "--json", "--leads", "V5", "--leads", "psg=ECG2,Resp")
    rows = json.loads(result.out.splitlines()[-1])["streams"]
    assert [(row["leads"], row["left_out"]) for row in rows] == [
        (["V5"], ["II (not chosen by hand)"]), (["ECG2", "Resp"], ["ECG1 (not chosen by hand)"]),
    ]  # fmt: skip


@pytest.mark.parametrize("options", [("--chunk-s", "2"), ("--speed", "-1"), ("--patients", "0"), ("--duration", "0")])
def test_options_out_of_range_are_usage_errors(wardbeat: CommandLine, folder: Path, options: tuple[str, str]) -> None:
    result = wardbeat("replay", "--records", folder, *options)
    assert (result.code, options[0] in result.err) == (2, True)


@pytest.fixture
def send_live(ward_topics: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bootstrap servers of a Kafka whose waveform topic has one chunk of a device, then some of a replay."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    producer = Producer({"bootstrap.servers": ward_topics, "partitioner": topics.PARTITIONER})
    for stream_id, origin in (("icu-7", "live"), *((f"p{n}", "replay") for n in range(40))):
        chunk = msgspec.structs.replace(make_chunk(stream_id), origin=origin)
        producer.produce(topics.WAVEFORM, encode_chunk(chunk), topics.key_of(stream_id))
    assert producer.flush(20) == 0
    return ward_topics


@pytest.mark.slow
def test_a_topic_with_chunks_of_a_device_is_refused_unless_its_name_is_repeated(
    wardbeat: CommandLine, send_live: str, folder: Path
) -> None:
    replay = ("replay", "--records", folder, "--duration", 2, "--speed", 0, "--json")
    refused = wardbeat(*replay)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "stream icu-7" in refused.err
    assert f"--into-live-topic {topics.WAVEFORM}" in refused.err
    assert wardbeat(*replay, "--into-live-topic", "yes").code == 2
    assert wardbeat(*replay, "--into-live-topic", topics.WAVEFORM).code == 0


@pytest.mark.slow
def test_a_replay_after_a_replay_is_not_refused(
    wardbeat: CommandLine, ward_topics: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    for _ in range(2):
        result = wardbeat("replay", "--records", folder, "--duration", 2, "--speed", 0, "--json")
        assert (result.code, json.loads(result.out.splitlines()[-1])["chunks_failed"]) == (0, 0)
