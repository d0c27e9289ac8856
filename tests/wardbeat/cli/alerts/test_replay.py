"""Alerts reproduced from Kafka after a real worker raised them, and from the record."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from processors.monitor.patient_monitor import config_of
from processors.ward.ward import Ward
from tests.support.samples import make_alert
from tests.support.worker_services import WorkerServices, excerpt_chunks, interleaved, networks
from wardbeat.cli.alerts.group import command
from wardbeat.contracts.messages import Alert
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.errors import AlertActionError, BrokerError, RecordError
from wardbeat.store.alert_store import AlertStore

pytestmark = pytest.mark.slow
SOME = 3


@pytest.fixture(autouse=True)
def _services(worker_services: WorkerServices, fresh_settings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDBEAT_REDIS_URL", worker_services.redis_url)
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", worker_services.kafka)


def replay(alert_id: str, *options: str) -> Result:
    return CliRunner().invoke(command, ["replay", alert_id, *options])


def store(worker_services: WorkerServices, alert: Alert) -> None:
    worker_services.ask(lambda redis: AlertStore(redis).take(alert))


def raised_offline(name: str, stream_id: str) -> Alert:
    """The first alert of an excerpt."""
    outputs = Ward(networks(), config_of(networks().manifest.thresholds)).take(excerpt_chunks(name, stream_id))
    return next(output for output in outputs if isinstance(output, Alert))


def test_an_alert_of_a_worker_is_reproduced_from_kafka(worker_services: WorkerServices) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    with worker_services.worker("w1") as child:
        worker_services.send(interleaved(excerpt_chunks("100", "bed-100"), chunks))
        worker_services.wait_for_chunks(child, 2 * len(chunks))
        worker_services.stop(child)
    alerts = worker_services.alerts("bed-208")
    assert alerts
    for alert_id in list(alerts)[:SOME]:
        result = replay(alert_id, "--json")
        assert result.exit_code == 0, result.output
        report = json.loads(result.output.splitlines()[-1])
        assert report == {
            "alert_id": alert_id, "identical": True, "raised_again": True, "watched_from_sample": 0, "first_sample": 0,
            "differences": {},
        }  # fmt: skip


def test_an_alert_of_a_worker_that_started_in_the_middle_is_reproduced(worker_services: WorkerServices) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    before, after = chunks[: len(chunks) // 3], chunks[len(chunks) // 3 :]
    for worker, sent in (("w1", before), ("w2", after)):
        with worker_services.worker(worker) as child:
            worker_services.send(interleaved(sent))
            worker_services.wait_for_chunks(child, len(sent))
            worker_services.stop(child)
        worker_services.delete_snapshots()  # else the second one goes on from where the first one stood
    joined = [alert for alert in worker_services.alerts("bed-208").values() if alert.watched_from_sample]
    assert joined
    for alert in joined[:SOME]:
        assert alert.watched_from_sample == after[0].first_sample
        result = replay(alert.alert_id, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.output.splitlines()[-1])["first_sample"] == alert.watched_from_sample


def test_an_alert_decided_by_the_clock_is_refused(worker_services: WorkerServices) -> None:
    alert = make_alert("no_data")
    store(worker_services, alert)
    error = replay(alert.alert_id).exception
    assert isinstance(error, AlertActionError)
    assert "decided by the clock" in str(error)


def test_a_different_decision_is_reported(worker_services: WorkerServices) -> None:
    chunks = excerpt_chunks("208", "bed-208")
    worker_services.send(interleaved(chunks))
    alert = raised_offline("208", "bed-208")
    evidence = msgspec.structs.replace(alert.evidence, value=77.0)
    store(worker_services, msgspec.structs.replace(alert, evidence=evidence))
    result = replay(alert.alert_id)
    assert result.exit_code == 1
    assert "Different" in result.output
    assert f"value: it was 77.0, now it is {alert.evidence.value}" in result.output


def test_a_session_that_kafka_has_deleted_is_named(worker_services: WorkerServices) -> None:
    alert = raised_offline("208", "bed-208")
    store(worker_services, alert)
    error = replay(alert.alert_id).exception
    assert isinstance(error, BrokerError)
    assert "no longer has session bed-208" in str(error)
    assert "--records" in str(error)


def test_an_alert_is_reproduced_from_the_record(worker_services: WorkerServices) -> None:
    alert = raised_offline("208", "208")
    store(worker_services, alert)
    with excerpts_folder() as folder:
        result = replay(alert.alert_id, "--records", str(folder))
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Identical: {alert.code} of 208")


def test_a_stream_without_a_record_is_named(worker_services: WorkerServices, tmp_path: Path) -> None:
    alert = raised_offline("208", "bed-208")
    store(worker_services, alert)
    with excerpts_folder() as folder:
        error = replay(alert.alert_id, "--records", str(folder)).exception
    assert isinstance(error, RecordError)
    assert "sent as stream 'bed-208'" in str(error)
