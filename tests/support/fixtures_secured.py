"""A Kafka and a Redis with TLS that accept only clients with a password or a certificate."""

import asyncio
import secrets
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from tests.support.certificates import Certificate, make_authority, make_certificate
from tests.support.limits import WAIT_S
from wardbeat.embedded.kafka import EmbeddedKafka, Listener, start_kafka
from wardbeat.embedded.redis_server import EmbeddedRedis, RedisUser, start_redis

USER = "ward-7"
USER_MAY = "~wb:* resetchannels &wb:live:* +@all -@admin -@dangerous +info"
"""The ACL in docs/how-to/secure.md; Redis 6.2 allows all channels by default."""
LOGIN = "org.apache.kafka.common.security"


class Keys(NamedTuple):
    """All certificates; ``stranger`` is an authority that no server trusts."""

    authority: Certificate
    stranger: Certificate
    server: Certificate
    client: Certificate


class Secured(NamedTuple):
    """The servers, their keys, and the passwords of ``USER``."""

    keys: Keys
    kafka: EmbeddedKafka
    kafka_password: str
    redis: EmbeddedRedis
    redis_password: str
    redis_tls_port: int

    @property
    def sasl_tls(self) -> str:
        """The addresses of Kafka for clients with a password."""
        return self.kafka.servers_of("PASSWORD")

    @property
    def mutual_tls(self) -> str:
        """The addresses of Kafka for clients with a certificate."""
        return self.kafka.servers_of("MUTUAL")


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    authority = make_authority(folder, "authority")
    keys = Keys(
        authority,
        make_authority(folder, "stranger"),
        make_certificate(folder, "server", authority),
        make_certificate(folder, "client", authority),
    )
    kafka_password, redis_password = secrets.token_urlsafe(), secrets.token_urlsafe()
    # The permissions that an operator of Redis gives this user: no administration, only our keys.
    user = RedisUser(USER, redis_password, USER_MAY)
    with (
        start_kafka(folder, listeners=_listeners(keys, kafka_password)) as kafka,
        start_redis(folder, user=user) as redis,
        tls_in_front_of(int(redis.url.rpartition(":")[2].partition("/")[0]), keys.server) as redis_tls_port,
    ):
        _add_scram_user(kafka.bootstrap_servers, kafka_password)
        yield Secured(keys, kafka, kafka_password, redis, redis_password, redis_tls_port)


def _listeners(keys: Keys, password: str) -> list[Listener]:
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys.server.both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(keys.authority.certificate),
    }
    users = {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "plain.sasl.jaas.config": f'{LOGIN}.plain.PlainLoginModule required user_{USER}="{password}";',
        "scram-sha-512.sasl.jaas.config": f"{LOGIN}.scram.ScramLoginModule required;",
    }
    return [
        Listener("PASSWORD", "SASL_SSL", tls | users),
        Listener("MUTUAL", "SSL", tls | {"ssl.client.auth": "required"}),
    ]


def _add_scram_user(bootstrap_servers: str, password: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    how = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    answers = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, how, password.encode())])
    answers[USER].result(WAIT_S)


@contextmanager
def tls_in_front_of(port: int, certificate: Certificate) -> Iterator[int]:
    """A port on loopback that adds TLS to another port: the bundled Redis has no TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(_cancel(asyncio.all_tasks(loop)))
        loop.close()


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # one side has closed the connection; the other one is closed below
    finally:
        writer.close()
