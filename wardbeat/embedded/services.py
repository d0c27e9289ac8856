"""Starts, watches and stops Wardbeat's services for the demo and the tests, each as its own process."""

import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from wardbeat.embedded.processes import Child, wardbeat
from wardbeat.store import redis_keys
from wardbeat.store.live_store import WorkerHealth

HTTP_TIMEOUT_S: Final = 2.0
WORKER_STOP_LIMIT_S: Final = 20.0
REPLAY_STOP_LIMIT_S: Final = 40.0
"""A replay waits up to 30 s until the broker has acknowledged its last chunks."""

ACCESS_SETTINGS: Final = (
    "kafka_username",
    "kafka_password",
    "kafka_password_file",
    "kafka_ca_file",
    "kafka_certificate_file",
    "kafka_key_file",
    "redis_password",
    "redis_password_file",
    "redis_ca_file",
)
"""Settings for access to the user's own Kafka and Redis. The URL of Redis may hold some of them, too."""


def environment(bootstrap_servers: str, redis_url: str, worker_id: str, data_dir: Path) -> dict[str, str]:
    """The variables by which the services of a demo find each other; access to another ward is unset."""
    return {
        **{f"WARDBEAT_{name.upper()}": "" for name in ACCESS_SETTINGS},
        "WARDBEAT_METRICS_PORT": "",  # all services would use the same port
        "WARDBEAT_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "WARDBEAT_KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "WARDBEAT_REDIS_URL": redis_url,
        "WARDBEAT_WORKER_ID": worker_id,
        "WARDBEAT_DATA_DIR": str(data_dir),
    }


def start_worker(folder: Path, variables: Mapping[str, str], *options: str, name: str = "worker") -> Child:
    """A worker; when it ends, it writes its summary into ``folder/NAME.json``."""
    command = wardbeat("worker", "--summary", str(folder / f"{name}.json"), *options)
    return Child(name, command, folder, environment=variables)


def start_escalator(folder: Path, variables: Mapping[str, str]) -> Child:
    """An escalator that prints its summary when it ends."""
    return Child("escalator", wardbeat("escalate", "--json"), folder, environment=variables)


def start_canary(folder: Path, variables: Mapping[str, str]) -> Child:
    """The canary."""
    return Child("canary", wardbeat("canary"), folder, environment=variables)


def start_dashboard(folder: Path, variables: Mapping[str, str], host: str, port: int) -> Child:
    """A dashboard at an address."""
    return Child("dashboard", wardbeat("dashboard", "--host", host, "--port", str(port)), folder, environment=variables)


def start_classify(folder: Path, variables: Mapping[str, str], host: str, port: int) -> Child:
    """A classify service at an address, which only callers on this machine may use."""
    command = wardbeat("classify", "serve", "--host", host, "--port", str(port))
    return Child("classify", command, folder, environment={**variables, "WARDBEAT_CLASSIFY_HOSTS": host})


def start_replay(folder: Path, variables: Mapping[str, str], options: Sequence[str], name: str = "replay") -> Child:
    """A replay that prints its summary when it ends."""
    return Child(name, wardbeat("replay", "--json", *options), folder, environment=variables)


def worker_health(redis_url: str, worker_id: str) -> WorkerHealth | None:
    """The last report of a worker; None if it has no partitions yet, has stopped, or Redis does not answer."""
    with Redis.from_url(redis_url, socket_timeout=HTTP_TIMEOUT_S, socket_connect_timeout=HTTP_TIMEOUT_S) as client:
        try:
            body = client.get(redis_keys.worker(worker_id))
        except RedisError:
            return None
    return msgspec.json.decode(body, type=WorkerHealth) if isinstance(body, bytes) else None


def web_server_answers(address: str) -> bool:
    """Whether the dashboard or the classify service at an address answers and is healthy."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=HTTP_TIMEOUT_S) as answer:  # noqa: S310 # our own server
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def last_json(child: Child) -> dict[str, Any]:
    """The JSON object in the last line of a child's output."""
    lines = child.out.read_text(encoding="utf-8").splitlines()
    if not lines:
        raise child.failure(f"{child.name} ended without a summary")
    return msgspec.json.decode(lines[-1], type=dict[str, Any])


def stop_worker(worker: Child) -> dict[str, Any]:
    """Stop a worker and return its summary."""
    worker.stop(WORKER_STOP_LIMIT_S)
    summary = worker.log.with_name(f"{worker.name}.json")
    if not summary.is_file():
        raise worker.failure(f"{worker.name} ended without a summary")
    return msgspec.json.decode(summary.read_bytes(), type=dict[str, Any])
