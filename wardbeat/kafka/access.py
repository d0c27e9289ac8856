"""How Kafka is reached: where it is, whether by TLS, and as whom. Every client is made from this."""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from wardbeat.errors import BrokerError

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
"""Kafka's own names: without and with TLS, without and with a user."""
Mechanism = Literal["PLAIN", "SCRAM-SHA-512"]


@dataclass(frozen=True)
class KafkaAccess:
    """Where Kafka is and how one gets in; its ``repr`` holds no secret.

    Attributes
    ----------
    servers : str
        ``host:port``, comma-separated.
    protocol : str
    mechanism : str
        How the user is authenticated, where the protocol has one.
    username, password : str
    ca_file : Path, optional
        Authorities that brokers' certificates must come from (PEM); those that the system trusts when None.
    certificate_file, key_file : Path, optional
        The certificate that a broker may ask for, and its key (PEM, without a passphrase).
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
        """The same way into other servers; into these if none are named."""
        return replace(self, servers=servers) if servers else self

    @property
    def has_tls(self) -> bool:
        return self.protocol in {"SSL", "SASL_SSL"}

    @property
    def has_user(self) -> bool:
        return self.protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    def client_config(self) -> dict[str, str | int | float | bool]:
        """The same in the words of librdkafka."""
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
        """The same for clients that use Python's TLS; None without TLS.

        Raises
        ------
        BrokerError
            If a file is not what it should be.
        """
        if not self.has_tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file and self.key_file:
                # Without the answer to a question for a passphrase, OpenSSL would put it to the terminal.
                context.load_cert_chain(self.certificate_file, self.key_file, password="")
        except (OSError, ValueError) as error:
            raise BrokerError(
                f"TLS for Kafka: a certificate or key can't be used ({error}); see WARDBEAT_KAFKA_CA_FILE, "
                "WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
            ) from error
        return context
