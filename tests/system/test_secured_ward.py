"""The ward between a Kafka and a Redis that demand TLS, users and passwords."""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.fixtures_secured import USER, Secured
from tests.support.limits import WAIT_S
from wardbeat.contracts import topics
from wardbeat.embedded.processes import Child, free_ports, wait_until, wardbeat
from wardbeat.embedded.services import (
    start_dashboard,
    start_replay,
    start_worker,
    stop_worker,
    web_server_answers,
    worker_health,
)
from wardbeat.errors import BrokerError, StoreError
from wardbeat.kafka.access import KafkaAccess
from wardbeat.kafka.topic_admin import check_topics, create_topics, describe_topics, topic_plans
from wardbeat.settings import Settings
from wardbeat.store.redis_client import check, connect

pytestmark = pytest.mark.slow


@pytest.fixture
def access(secured: Secured) -> KafkaAccess:
    """The way in by password."""
    return KafkaAccess(
        secured.sasl_tls,
        "SASL_SSL",
        "SCRAM-SHA-512",
        USER,
        secured.kafka_password,
        ca_file=secured.keys.authority.certificate,
    )


def refusal(access: KafkaAccess) -> str:
    """What is said to who is not let in, in one line."""
    with pytest.raises(BrokerError) as caught:
        check_topics(access)
    message = str(caught.value)
    assert message.startswith(f"Kafka at {access.servers}")
    assert "\n" not in message
    return message


def test_who_has_the_password_or_the_certificate_is_let_in(access: KafkaAccess, secured: Secured) -> None:
    describe_topics(access)
    describe_topics(replace(access, mechanism="PLAIN"))
    own = secured.keys.client
    by_certificate = KafkaAccess(
        secured.mutual_tls,
        "SSL",
        ca_file=access.ca_file,
        certificate_file=own.certificate,
        key_file=own.key,
    )
    describe_topics(by_certificate)
    without = refusal(replace(by_certificate, certificate_file=None, key_file=None))
    assert "asks for a client certificate" in without
    assert "WARDBEAT_KAFKA_CERTIFICATE_FILE" in without


def test_a_wrong_password_is_named_and_not_shown(access: KafkaAccess) -> None:
    for mechanism in ("SCRAM-SHA-512", "PLAIN"):
        message = refusal(replace(access, mechanism=mechanism, password="not-the-password"))
        assert f"refuses user '{USER}'" in message
        assert "WARDBEAT_KAFKA_PASSWORD" in message
        assert "not-the-password" not in message


def test_a_certificate_that_is_not_trusted_is_named(access: KafkaAccess, secured: Secured, tmp_path: Path) -> None:
    message = refusal(replace(access, ca_file=secured.keys.stranger.certificate))
    assert "a certificate that is not trusted" in message
    assert "WARDBEAT_KAFKA_CA_FILE" in message
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("nothing of the kind")
    assert "WARDBEAT_KAFKA_CA_FILE" in refusal(replace(access, ca_file=no_certificate))
    with pytest.raises(BrokerError, match="WARDBEAT_KAFKA_CA_FILE"):
        replace(access, ca_file=no_certificate).ssl_context()


def test_the_wrong_protocol_is_named(access: KafkaAccess, secured: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "wardbeat.kafka.topic_admin.TIMEOUT_S", 1.0
    )  # a broker that hangs up says nothing, however often
    for wrong in (
        KafkaAccess(secured.sasl_tls),
        replace(access, protocol="SSL"),
        replace(access, servers=secured.kafka.bootstrap_servers),
    ):
        assert "WARDBEAT_KAFKA_SECURITY_PROTOCOL" in refusal(wrong)
    by_user = replace(access, protocol="SASL_PLAINTEXT", servers=secured.kafka.bootstrap_servers)
    assert "WARDBEAT_KAFKA_SASL_MECHANISM" in refusal(by_user)


async def redis_refusal(url: str) -> str:
    redis = connect(url)
    try:
        with pytest.raises(StoreError) as caught:
            await check(redis, url)
    finally:
        await redis.aclose()
    return str(caught.value)


async def test_redis_lets_in_who_knows_the_password_and_whom_it_can_trust(secured: Secured) -> None:
    settings = Settings(
        redis_url=f"rediss://{USER}@127.0.0.1:{secured.redis_tls_port}/0",
        redis_password=secured.redis_password,
        redis_ca_file=secured.keys.authority.certificate,
    )
    redis = connect(settings.redis_address)
    await check(redis, settings.redis_address)
    await redis.aclose()
    other = settings.model_copy(update={"redis_ca_file": secured.keys.stranger.certificate})
    message = await redis_refusal(other.redis_address)
    assert "a certificate that is not trusted" in message
    assert "WARDBEAT_REDIS_CA_FILE" in message
    for wrong in (other.redis_url.replace("rediss", "redis"), secured.redis.url.replace(secured.redis_password, "no")):
        assert secured.redis_password not in await redis_refusal(wrong)
    message = await redis_refusal(secured.redis.url.replace(secured.redis_password, "no"))
    assert "refuses this user" in message
    assert "WARDBEAT_REDIS_PASSWORD" in message


@pytest.fixture
def variables(secured: Secured, tmp_path: Path) -> dict[str, str]:
    """The settings of every process, with the secrets in files."""
    files = {"kafka": secured.kafka_password, "redis": secured.redis_password}
    for name, password in files.items():
        (tmp_path / name).write_text(password + "\n")
    authority = str(secured.keys.authority.certificate)
    return {
        "WARDBEAT_KAFKA_BOOTSTRAP_SERVERS": secured.sasl_tls,
        "WARDBEAT_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "WARDBEAT_KAFKA_USERNAME": USER,
        "WARDBEAT_KAFKA_PASSWORD_FILE": str(tmp_path / "kafka"),
        "WARDBEAT_KAFKA_CA_FILE": authority,
        "WARDBEAT_REDIS_URL": f"rediss://{USER}@127.0.0.1:{secured.redis_tls_port}/0",
        "WARDBEAT_REDIS_PASSWORD_FILE": str(tmp_path / "redis"),
        "WARDBEAT_REDIS_CA_FILE": authority,
        "WARDBEAT_DATA_DIR": str(tmp_path / "data"),
        "WARDBEAT_WORKER_ID": "secured",
    }


def test_a_whole_ward_works_there_and_tells_no_secret(
    secured: Secured, access: KafkaAccess, variables: dict[str, str], tmp_path: Path
) -> None:
    create_topics(access, topic_plans(Settings(partitions=2)))
    (port,) = free_ports(1)
    with ExitStack() as stack:
        worker = stack.enter_context(start_worker(tmp_path, variables, "-v"))
        dashboard = stack.enter_context(start_dashboard(tmp_path, variables, "127.0.0.1", port))
        replay = stack.enter_context(
            start_replay(tmp_path, variables, ["--synthetic", "sinus,asystole", "--duration", "60", "--speed", "0"])
        )
        assert replay.wait(WAIT_S) == 0, replay.tail()
        sent = json.loads(replay.out.read_text())["chunks_sent"]

        def all_received() -> bool:
            health = worker_health(secured.redis.url, "secured")
            return health is not None and health.chunks_received == sent

        wait_until("the worker has all chunks", all_received, WAIT_S, [worker])
        assert web_server_answers(f"http://127.0.0.1:{port}"), dashboard.tail()
        shown = [command_line(child.pid) for child in (worker, dashboard, *secured.kafka.children, secured.redis.child)]
        summary = stop_worker(worker)
    assert summary["beats"] > 0
    assert summary["alerts"]["asystole"]["asystole"] == 1
    listed = wardbeat_json(["dead-letters", "list"], variables, tmp_path)
    assert listed == {"dead_letters": []}
    described = wardbeat_json(["topics", "describe"], variables, tmp_path)
    assert set(described["topics"]) == set(topics.ALL)
    logs = [path.read_text(errors="replace") for path in tmp_path.glob("*.log")]
    outputs = [path.read_text(errors="replace") for path in tmp_path.glob("*.out")]
    assert len(logs) == len(outputs) == 5
    assert [text for text in logs if "NOPERM" in text] == [], "Redis lets the user do all that it has to"
    for secret in (secured.kafka_password, secured.redis_password):
        assert [text for text in (*shown, *logs, *outputs) if secret in text] == []


def command_line(pid: int) -> str:
    line = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    assert line
    return line


def wardbeat_json(command: list[str], variables: dict[str, str], folder: Path) -> dict[str, Any]:
    """What a command prints as JSON."""
    with Child(command[0], [*wardbeat(*command), "--json"], folder, environment=variables) as child:
        assert child.wait(WAIT_S) == 0, child.tail()
        printed: dict[str, Any] = json.loads(child.out.read_text())
    return printed


def test_a_command_says_in_one_line_what_is_wrong(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "kafka").write_text("not-the-password")
    (tmp_path / "redis").write_text("not-the-password")
    for command, setting in ((["worker"], "REDIS"), (["replay"], "KAFKA")):
        with Child(command[0], wardbeat(*command), tmp_path, environment=variables) as child:
            assert child.wait(WAIT_S) == 2
            (effects_written,) = [line for line in child.log.read_text().splitlines() if line.startswith("wardbeat: ")]
        assert f"WARDBEAT_{setting}_PASSWORD" in effects_written
        assert "not-the-password" not in child.log.read_text() + child.out.read_text()
