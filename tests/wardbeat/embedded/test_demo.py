"""The parts of the demo; the whole demo runs in tests/wardbeat/cli/test_demo.py."""

import socket
from pathlib import Path

import pytest

from wardbeat.embedded.demo import DemoOptions, dashboard_port, in_one_line, replay_arguments, streams_of
from wardbeat.embedded.processes import Child
from wardbeat.embedded.services import start_replay
from wardbeat.errors import RecordError, ServiceError, SettingsError


def test_patients_are_replayed_until_the_user_stops_them_or_the_time_is_over() -> None:
    assert replay_arguments(DemoOptions()) == ["--patients", "8", "--speed", "1.0", "--loop"]
    options = DemoOptions(records=Path("mitdb"), patients=3, duration_s=20.0, speed=2.0)
    assert replay_arguments(options) == [
        "--records", "mitdb", "--patients", "3", "--speed", "2.0", "--loop", "--duration", "20.0",
    ]  # fmt: skip
    assert replay_arguments(DemoOptions(synthetic=True))[0] == "--synthetic"


def test_the_dashboard_takes_its_default_port_only_if_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert dashboard_port("127.0.0.1", None, taken) not in {0, taken}
        with pytest.raises(SettingsError, match=rf"--port: {taken} is taken on 127\.0\.0\.1; choose another"):
            dashboard_port("127.0.0.1", taken, 8050)
    assert dashboard_port("127.0.0.1", None, taken) == taken
    assert dashboard_port("127.0.0.1", taken, 0) == taken
    assert dashboard_port("127.0.0.1", 0, 8050) not in {0, 8050}


def test_many_names_are_counted() -> None:
    assert in_one_line(["100", "119"]) == "100, 119"
    assert in_one_line([str(n) for n in range(20)], most=2) == "0, 1 … (20)"


@pytest.mark.slow
def test_the_patients_are_listed_before_they_are_replayed(tmp_path: Path) -> None:
    options = [*replay_arguments(DemoOptions(synthetic=True, patients=2)), "--streams"]
    with start_replay(tmp_path, {}, options, "streams") as listing:
        assert len(streams_of(listing)) == 2


@pytest.mark.slow
def test_records_that_can_not_be_used_are_an_error_in_the_words_of_the_replay(tmp_path: Path) -> None:
    options = [*replay_arguments(DemoOptions(records=tmp_path / "none")), "--streams"]
    with start_replay(tmp_path, {}, options, "streams") as listing, pytest.raises(RecordError, match="none") as caught:
        streams_of(listing)
    assert not str(caught.value).startswith("wardbeat: ")


def test_a_replay_that_breaks_is_an_error_with_its_log(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo broken >&2; exit 1"]
    with (
        Child("streams", command, tmp_path) as listing,
        pytest.raises(ServiceError, match=r"(?s)the patients could not be listed.*broken"),
    ):
        streams_of(listing)
