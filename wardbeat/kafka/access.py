"""How clients reach Kafka: its address, TLS and user. Every client is made from a :class:`KafkaAccess`."""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from wardbeat.errors import BrokerError

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
"""Kafka's own names. SSL has TLS; SASL has a user."""
Mechanism = Literal["PLAIN", "SCRAM-SHA-512"]


@dataclass(frozen=True)
class KafkaAccess:
    """The address of Kafka and how to connect to it; its ``repr`` holds no secret.

    Attributes
    ----------
    servers : str
        ``host:port``, comma-separated.
    protocol : {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}
    mechanism : {"PLAIN", "SCRAM-SHA-512"}
        How Kafka authenticates the user, if the protocol has one.
    username, password : str
    ca_file : Path, optional
        The authorities that issue the brokers' certificates (PEM); None for those that the system trusts.
    certificate_file, key_file : Path, optional
        The certificate for brokers that ask for one, and its key (PEM, without a passphrase).
    """

    servers: str
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def at(self, servers: str | None) -> "KafkaAccess":
        """The same access to other servers; to the same ones if ``servers`` is empty."""
        return replace(self, servers=servers) if servers else self

    @property
    def has_tls(self) -> bool:
        """Whether the protocol has TLS."""
        return self.protocol in {"SSL", "SASL_SSL"}

    @property
    def has_user(self) -> bool:
        """Whether the protocol has a user."""
        return self.protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    def client_config(self) -> dict[str, str | int | float | bool]:
        """The configuration for clients of librdkafka."""
        config: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.protocol,
        }
        if self.has_user:
            config |= {
                "sasl.mechanism": self.mechanism,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        if self.has_tls and self.ca_file:
            config["ssl.ca.location"] = str(self.ca_file)
        if self.has_tls and self.certificate_file and self.key_file:
            config |= {
                "ssl.certificate.location": str(self.certificate_file),
                "ssl.key.location": str(self.key_file),
            }
        return config

    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS context for clients that use Python's TLS; None if the protocol has no TLS.

        Raises
        ------
        BrokerError
            If a file can't be read, or holds no certificate or key.
        """
        if not self.has_tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file and self.key_file:
                # Without a password here, OpenSSL would ask for a passphrase on the terminal.
                context.load_cert_chain(self.certificate_file, self.key_file, password="")
        except (OSError, ValueError) as error:
            raise BrokerError(
                f"TLS for Kafka: a certificate or key can't be used ({error}); check WARDBEAT_KAFKA_CA_FILE, "
                "WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
            ) from error
        return context
