"""The commands of ``wardbeat alerts``."""

import msgspec
import pytest

from tests.support.command_line import run
from tests.support.two_alerts import HIGH, MEDIUM, store_alert
from wardbeat.cli.alerts.group import command
from wardbeat.errors import AlertActionError, StoreError


def test_every_command_is_registered() -> None:
    assert sorted(command.commands) == ["ack", "export", "list", "replay", "resolve", "show"]


@pytest.mark.parametrize("arguments", [("list",), ("show", "x"), ("ack", "x", "--by", "AB"), ("export",)])
def test_a_missing_redis_is_named(fresh_settings: None, arguments: tuple[str, ...]) -> None:
    error = run(command, *arguments).exception
    assert isinstance(error, StoreError)
    assert "WARDBEAT_REDIS_URL" in str(error)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("show", "x"), ("ack", "x", "--by", "AB"), ("resolve", "x", "--by", "AB")])
def test_an_unknown_alert_is_named(ward: str, arguments: tuple[str, ...]) -> None:
    error = run(command, *arguments).exception
    assert isinstance(error, AlertActionError)
    assert "alert x: there is none with this id" in str(error)


@pytest.mark.slow
def test_a_code_of_a_newer_worker_is_printed_like_any_other(ward: str) -> None:
    store_alert(ward, msgspec.structs.replace(MEDIUM, alert_id="newer", code="torsade_de_pointes"))
    for arguments in (("list",), ("show", "newer"), ("export", "--stream", "bed-2")):
        result = run(command, *arguments)
        assert result.exit_code == 0, result.output
        assert "Torsade de pointes" in result.output


@pytest.mark.slow
@pytest.mark.parametrize("text", ["paced rhythm", "[red]x[/red] :heart:", "<b>high</b> pause_s"])
def test_text_that_people_typed_is_printed_verbatim(ward: str, text: str) -> None:
    assert run(command, "ack", HIGH.alert_id, "--by", "AB", "--comment", text).exit_code == 0
    shown = run(command, "show", HIGH.alert_id).output
    assert f"comment  AB: {text}\n" in shown
    assert f"commented     AB         {text}\n" in shown
    exported = run(command, "export", "--format", "csv").output
    assert f",AB: {text}," in exported
