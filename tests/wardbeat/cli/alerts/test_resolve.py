"""``wardbeat alerts resolve``, on a real Redis."""

import msgspec
import pytest

from tests.support.command_line import run, run_json
from tests.support.two_alerts import HIGH, store_alert
from wardbeat.cli.alerts.resolve import command
from wardbeat.cli.alerts.show import command as show
from wardbeat.errors import AlertActionError

pytestmark = pytest.mark.slow


def test_a_lasting_condition_can_not_be_closed(ward: str) -> None:
    refused = run(command, HIGH.alert_id, "--by", "CD").exception
    assert isinstance(refused, AlertActionError)
    assert "still lasts" in str(refused)


def test_a_latched_alert_is_closed_by_hand(ward: str) -> None:
    store_alert(ward, msgspec.structs.replace(HIGH, ended_sample=5000))
    assert run_json(show, HIGH.alert_id)["state"] == "ended"
    resolved = run_json(command, HIGH.alert_id, "--by", "CD")
    assert (resolved["state"], resolved["resolved_by"]) == ("resolved", "CD")
    assert "closed by  CD" in run(show, HIGH.alert_id).output
