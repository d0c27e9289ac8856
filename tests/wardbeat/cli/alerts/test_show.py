"""``wardbeat alerts show``, on a real Redis."""

import msgspec
import pytest

from tests.support.command_line import run, run_json
from tests.support.two_alerts import HIGH, MEDIUM, store_alert
from wardbeat.cli.alerts.acknowledge import command as acknowledge
from wardbeat.cli.alerts.show import command

pytestmark = pytest.mark.slow


def test_an_alert_is_shown_with_its_history_and_without_signals(ward: str) -> None:
    assert run(acknowledge, HIGH.alert_id, "--by", "AB", "--comment", "lead V5 was loose").exit_code == 0
    shown = run_json(command, HIGH.alert_id)
    assert not {"strip", "reconstruction", "residual"} & set(shown["alert"]["evidence"])
    assert [(entry["act"], entry["by"]) for entry in shown["history"]] == [
        ("raised", "monitor"), ("acknowledged", "AB"), ("commented", "AB"),
    ]  # fmt: skip
    lines = run(command, HIGH.alert_id).output
    assert "comment  AB: lead V5 was loose" in lines
    assert lines.splitlines()[-1].endswith("commented     AB         lead V5 was loose")


def test_state_evidence_and_initials_are_shown(ward: str) -> None:
    assert run_json(acknowledge, HIGH.alert_id, "--by", "AB")["acknowledged_by"] == "AB"
    store_alert(ward, msgspec.structs.replace(HIGH, ended_sample=5000))
    shown = run(command, HIGH.alert_id).output
    assert "seen by  AB" in shown
    assert "RR interval: 3.2 s, threshold 3" in shown
    store_alert(ward, msgspec.structs.replace(MEDIUM, ended_sample=5000))
    assert "state  resolved" in run(command, MEDIUM.alert_id).output
