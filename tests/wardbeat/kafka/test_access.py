import ssl
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from tests.support.certificates import make_authority, make_certificate
from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess, Protocol


@pytest.mark.parametrize(
    ("protocol", "tls", "user"),
    [("PLAINTEXT", False, False), ("SSL", True, False), ("SASL_PLAINTEXT", False, True), ("SASL_SSL", True, True)],
)
def test_a_client_gets_what_its_protocol_needs_and_no_more(
    tmp_path: Path, protocol: Protocol, tls: bool, user: bool
) -> None:
    authority = make_authority(tmp_path, "authority")
    access = KafkaAccess(
        "kafka:9092",
        protocol,
        username="ward",
        password="secret",
        ca_file=authority.certificate,
        certificate_file=authority.certificate,
        key_file=authority.key,
    )
    config = access.client_config()
    assert config["bootstrap.servers"] == "kafka:9092"
    assert ("sasl.password" in config) == access.has_user == user
    assert ("ssl.ca.location" in config) == ("ssl.key.location" in config) == access.has_tls == tls
    assert (access.ssl_context() is not None) == tls
    AdminClient({**config, "log_level": 0})  # librdkafka accepts every name and value


def test_no_text_shows_the_password() -> None:
    assert "secret" not in repr(KafkaAccess("kafka:9092", "SASL_SSL", username="ward", password="secret"))


def test_other_servers_keep_the_access() -> None:
    access = KafkaAccess("kafka:9092", "SASL_SSL", username="ward", password="secret")
    assert access.at("kafka-2:9092").client_config() == access.client_config() | {"bootstrap.servers": "kafka-2:9092"}
    assert access.at(None) == access.at("") == access


def test_python_clients_trust_the_given_authority_and_show_the_certificate(tmp_path: Path) -> None:
    authority = make_authority(tmp_path, "authority")
    client = make_certificate(tmp_path, "client", authority)
    access = KafkaAccess(
        "kafka:9093",
        "SSL",
        ca_file=authority.certificate,
        certificate_file=client.certificate,
        key_file=client.key,
    )
    context = access.ssl_context()
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert [one["subject"] for one in context.get_ca_certs()] == [((("commonName", "authority"),),)]


@pytest.mark.parametrize("broken", ["ca_file", "key_file"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, broken: str) -> None:
    authority = make_authority(tmp_path, "authority")
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    access = KafkaAccess(
        "kafka:9093",
        "SSL",
        ca_file=junk if broken == "ca_file" else authority.certificate,
        certificate_file=authority.certificate,
        key_file=junk if broken == "key_file" else authority.key,
    )
    with pytest.raises(BrokerError, match="WARDBEAT_KAFKA_"):
        access.ssl_context()
