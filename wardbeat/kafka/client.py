"""Waits for Kafka's first answer to a new client, and explains why there is none.

If a broker refuses a client, librdkafka's calls only time out. It reports the reason to the client's ``error_cb``; here
that is a :class:`Complaints`.
"""

import time
from typing import Final, Protocol

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin._metadata import ClusterMetadata

from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess

TRY_S: Final = 0.5
"""The longest time of one try; complaints are checked after it."""


class Client(Protocol):
    """The methods that librdkafka's admin client, consumer and producer share."""

    def list_topics(self, topic: str = ..., timeout: float = ...) -> ClusterMetadata: ...
    def poll(self, timeout: float) -> object: ...


class Complaints:
    """Keeps the errors that a client reports; pass it to the client as its ``error_cb``.

    Attributes
    ----------
    refusal : KafkaError or None
        The error of a broker that refuses this client, however often it tries.
    last : KafkaError or None
        The last error of any kind.
    """

    def __init__(self) -> None:
        self.refusal: KafkaError | None = None
        self.last: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        if error.code() in _REFUSALS or any(words in error.str().lower() for words in _FINAL_WORDS):
            self.refusal = error
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 # its public name
            self.last = error


_REFUSALS: Final = {
    KafkaError._AUTHENTICATION,  # noqa: SLF001 # the public names of librdkafka's own errors
    KafkaError._SSL,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
}
_NO_CERTIFICATE: Final = ("certificate required", "bad certificate")
_OTHER_LISTENER: Final = ("broker listener?",)
_FINAL_WORDS: Final = (*_NO_CERTIFICATE, *_OTHER_LISTENER)
"""librdkafka reports these faults as a broken connection."""


def first_answer(
    client: Client, access: KafkaAccess, complaints: Complaints, timeout_s: float, topic: str | None = None
) -> ClusterMetadata:
    """Kafka's description of its brokers, and of one topic or all.

    Parameters
    ----------
    client : AdminClient, Consumer or Producer
        With ``complaints`` as its ``error_cb``. A consumer must not read yet.
    access : KafkaAccess
        The access that the client was made from.
    complaints : Complaints
    timeout_s : float
    topic : str, optional
        All topics if it is None.

    Raises
    ------
    BrokerError
        If a broker refuses the client (raised immediately), or no broker answers in time. It names the setting to
        correct.
    """
    # Our own loop, not stamina's: each try is shorter than the time that is left, and the client is polled after it.
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            return _ask(client, topic, max(0.05, min(TRY_S, deadline_s - time.monotonic())))
        except KafkaException as error:
            client.poll(0)
            if complaints.refusal or time.monotonic() >= deadline_s:
                reason = complaints.refusal or complaints.last
                raise BrokerError(f"Kafka at {access.servers} {_in_words(reason, error.args[0], access)}") from error
        time.sleep(0.02)  # a refused connection fails immediately


def _ask(client: Client, topic: str | None, timeout_s: float) -> ClusterMetadata:
    # librdkafka does not accept None as a topic.
    return client.list_topics(timeout=timeout_s) if topic is None else client.list_topics(topic, timeout=timeout_s)


def unusable(error: KafkaException, access: KafkaAccess) -> BrokerError:
    """The error when a client can't be made, because a certificate file is not valid."""
    return BrokerError(
        f"Kafka at {access.servers}: the client can't be made ({error.args[0].str()}); check WARDBEAT_KAFKA_CA_FILE, "
        "WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
    )


def _in_words(refusal: KafkaError | None, raised: KafkaError, access: KafkaAccess) -> str:
    """The fault and the setting to correct. librdkafka has one code for several faults; then its text decides."""
    if refusal is None:
        return (
            f"closes the connection, or is slow ({raised.str()}); check WARDBEAT_KAFKA_SECURITY_PROTOCOL, which is "
            f"{access.protocol}, and WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
        )
    text, code = refusal.str(), refusal.code()
    lower = text.lower()
    if code == KafkaError.UNSUPPORTED_SASL_MECHANISM or "mechanism handshake failed" in lower:
        return f"does not offer {access.mechanism} ({text}); check WARDBEAT_KAFKA_SASL_MECHANISM"
    if code in {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}:  # noqa: SLF001
        return (
            f"refuses user {access.username!r} ({text}); check WARDBEAT_KAFKA_USERNAME and WARDBEAT_KAFKA_PASSWORD "
            "or WARDBEAT_KAFKA_PASSWORD_FILE"
        )
    if "certificate verify failed" in lower:
        return f"shows a certificate that is not trusted ({text}); check WARDBEAT_KAFKA_CA_FILE"
    if any(words in lower for words in _NO_CERTIFICATE):
        return (
            f"asks for a client certificate ({text}); set WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
        )
    if code == KafkaError._SSL or any(words in lower for words in _OTHER_LISTENER):  # noqa: SLF001
        return f"does not speak {access.protocol} ({text}); check WARDBEAT_KAFKA_SECURITY_PROTOCOL"
    return f"does not answer ({text}); start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
