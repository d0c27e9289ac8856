"""Waits for Kafka's first answer to a new client, and says why there is none.

librdkafka's calls only time out when a broker turns a client away; the reason comes by another way, to ``Complaints``.
"""

import time
from typing import Final, Protocol

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin._metadata import ClusterMetadata

from wardbeat.errors import BrokerError
from wardbeat.kafka.access import KafkaAccess

TRY_S: Final = 0.5
"""How long one try may take: a complaint is heard after it."""


class Client(Protocol):
    """What librdkafka's admin client, consumer and producer have in common."""

    def list_topics(self, topic: str = ..., timeout: float = ...) -> ClusterMetadata: ...
    def poll(self, timeout: float) -> object: ...


class Complaints:
    """Hears what a client complains of; give it to the client as its ``error_cb``."""

    def __init__(self) -> None:
        self.refusal: KafkaError | None = None
        """Of a broker that will not have this client, however often it comes."""
        self.last: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        if error.code() in _REFUSALS or any(words in error.str().lower() for words in _FINAL_WORDS):
            self.refusal = error
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001 # that is its public name
            self.last = error


_REFUSALS: Final = {
    KafkaError._AUTHENTICATION,  # noqa: SLF001 # librdkafka's own errors are named so
    KafkaError._SSL,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.UNSUPPORTED_SASL_MECHANISM,
}
_NO_CERTIFICATE: Final = ("certificate required", "bad certificate")
_OTHER_LISTENER: Final = ("broker listener?",)
_FINAL_WORDS: Final = (*_NO_CERTIFICATE, *_OTHER_LISTENER)
"""librdkafka takes these faults for a broken line."""


def first_answer(
    client: Client, access: KafkaAccess, complaints: Complaints, timeout_s: float, topic: str | None = None
) -> ClusterMetadata:
    """What Kafka says of itself, and of one topic or all.

    Parameters
    ----------
    client : AdminClient, Consumer or Producer
        With ``complaints`` as its ``error_cb``; a consumer that reads nothing yet.
    access : KafkaAccess
        What the client was made from.
    complaints : Complaints
    timeout_s : float
    topic : str, optional
        All topics without it.

    Raises
    ------
    BrokerError
        If a broker refuses the client, at once; if none answers in time. It names the setting to look at.
    """
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            return _ask(client, topic, max(0.05, min(TRY_S, deadline_s - time.monotonic())))
        except KafkaException as error:
            client.poll(0)
            if complaints.refusal or time.monotonic() >= deadline_s:
                reason = complaints.refusal or complaints.last
                raise BrokerError(f"Kafka at {access.servers} {_in_words(reason, error.args[0], access)}") from error
        time.sleep(0.02)  # a refused connection fails at once


def _ask(client: Client, topic: str | None, timeout_s: float) -> ClusterMetadata:
    # librdkafka takes no None for a topic.
    return client.list_topics(timeout=timeout_s) if topic is None else client.list_topics(topic, timeout=timeout_s)


def unusable(error: KafkaException, access: KafkaAccess) -> BrokerError:
    """What is said when a client can't even be made: a file of its certificates is none."""
    return BrokerError(
        f"Kafka at {access.servers}: the client can't be made ({error.args[0].str()}); see WARDBEAT_KAFKA_CA_FILE, "
        "WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
    )


def _in_words(refusal: KafkaError | None, raised: KafkaError, access: KafkaAccess) -> str:
    """What went wrong, and which setting to look at; by the words where librdkafka has one code for several faults."""
    if refusal is None:
        return (
            f"hangs up, or is slow ({raised.str()}); see WARDBEAT_KAFKA_SECURITY_PROTOCOL, which is "
            f"{access.protocol}, and WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
        )
    text, code = refusal.str(), refusal.code()
    lower = text.lower()
    if code == KafkaError.UNSUPPORTED_SASL_MECHANISM or "mechanism handshake failed" in lower:
        return f"does not offer {access.mechanism} ({text}); see WARDBEAT_KAFKA_SASL_MECHANISM"
    if code in {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}:  # noqa: SLF001
        return (
            f"refuses user {access.username!r} ({text}); see WARDBEAT_KAFKA_USERNAME and WARDBEAT_KAFKA_PASSWORD "
            "or WARDBEAT_KAFKA_PASSWORD_FILE"
        )
    if "certificate verify failed" in lower:
        return f"shows a certificate that is not trusted ({text}); see WARDBEAT_KAFKA_CA_FILE"
    if any(words in lower for words in _NO_CERTIFICATE):
        return (
            f"asks for a certificate of ours ({text}); see WARDBEAT_KAFKA_CERTIFICATE_FILE and WARDBEAT_KAFKA_KEY_FILE"
        )
    if code == KafkaError._SSL or any(words in lower for words in _OTHER_LISTENER):  # noqa: SLF001
        return f"does not speak {access.protocol} ({text}); see WARDBEAT_KAFKA_SECURITY_PROTOCOL"
    return f"does not answer ({text}); start it or set WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"
