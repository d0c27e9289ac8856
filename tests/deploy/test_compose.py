"""docker-compose.yml says nothing that the code does not do."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tests.support.compose import ROOT, compose, env_file, services, variables
from wardbeat import __version__
from wardbeat.cli import main
from wardbeat.embedded import services as embedded_services
from wardbeat.embedded.jars import read_lock
from wardbeat.embedded.kafka import Ports, server_properties
from wardbeat.embedded.redis_server import server_config
from wardbeat.settings import Settings

THREE_NODES = env_file(ROOT / "deploy" / "three-nodes.env")
ALL = compose()["services"]
OURS = {name: service for name, service in ALL.items() if service["image"].startswith("wardbeat:")}
PROCESSES = sorted(set(OURS) - {"topics"})
each_service = pytest.mark.parametrize("name", sorted(ALL))
each_of_ours = pytest.mark.parametrize("name", sorted(OURS))


def property_of(variable: str) -> str:
    """The property of Kafka that the image makes of a variable."""
    return variable.removeprefix("KAFKA_").lower().replace("_", ".")


# Ways in, paths and what Java gets: of a machine, not of how a ward's Kafka has to be.
PLACES = {
    "process.roles",
    "node.id",
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "log.dirs",
    "heap.opts",
}
ONLY_EMBEDDED = {"controlled.shutdown.enable"}
"""Its nodes all end together; those of a ward hand over what they lead."""


@each_service
def test_an_image_is_pinned(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+(-\w+)?(@sha256:[0-9a-f]{64})?$", ALL[name]["image"])


def test_our_image_is_of_this_version() -> None:
    assert {service["image"] for service in OURS.values()} == {f"wardbeat:{__version__}"}


@each_service
def test_a_service_is_nobody_and_may_nothing(name: str) -> None:
    service = ALL[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only") or name.startswith("kafka-")
    assert "privileged" not in service


@each_service
def test_a_service_has_limits(name: str) -> None:
    assert set(ALL[name]["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert ALL[name]["logging"]["options"]["max-size"]


@each_service
def test_a_service_starts_again_and_tells_its_health(name: str) -> None:
    service = ALL[name]
    if name == "topics":
        assert service["restart"] == "on-failure"
        return
    assert service["restart"] == "unless-stopped"
    if name not in OURS:  # ours is in the image
        assert service["healthcheck"]["test"][0] == "CMD"
    else:
        assert "healthcheck" not in service


@each_service
def test_a_port_is_published_on_loopback_only(name: str) -> None:
    for port in ALL[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_no_port_is_published_twice() -> None:
    published = [port.split(":")[1] for service in ALL.values() for port in service.get("ports", [])]
    assert len(published) == len(set(published))


@each_of_ours
def test_a_command_is_one(name: str) -> None:
    context: click.Context | None = None
    command: click.Command = main.cli
    arguments = list(ALL[name]["command"])
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command, parent=context), arguments[0])
        assert found is not None, arguments
        command, arguments = found, arguments[1:]
    command.make_context(name, arguments)  # parses, calls nothing


@each_of_ours
def test_a_variable_is_a_setting_and_its_value_is_one(name: str) -> None:
    fields = {f"WARDBEAT_{field.upper()}": field for field in Settings.model_fields}
    environment = ALL[name]["environment"]
    assert sorted(set(environment) - set(fields)) == []
    given = {fields[variable]: value for variable, value in environment.items() if value is not None}
    Settings.model_validate(given)


@each_of_ours
def test_no_two_workers_have_one_name(name: str) -> None:
    """Each container has a host name of its own, which a worker is called by if nobody says otherwise."""
    assert "WARDBEAT_WORKER_ID" not in ALL[name]["environment"]
    assert not {"hostname", "container_name"} & set(ALL[name])


@pytest.mark.parametrize("given", [{}, THREE_NODES], ids=["one node", "three nodes"])
def test_clients_go_where_something_listens(given: dict[str, str]) -> None:
    running = services(given, given.get("COMPOSE_PROFILES", "").split(","))
    brokers = [name for name in running if name.startswith("kafka-")]
    environment = running["worker"]["environment"]
    assert environment["WARDBEAT_KAFKA_BOOTSTRAP_SERVERS"] == ",".join(f"{name}:9092" for name in brokers)
    assert environment["WARDBEAT_REDIS_URL"] == "redis://redis:6379/0"
    for name in brokers:
        kafka = running[name]["environment"]
        number = kafka["KAFKA_NODE_ID"]
        assert name == f"kafka-{number}"
        ours, controller, machine = kafka["KAFKA_LISTENERS"].split(",")
        assert (ours, controller) == ("PLAINTEXT://:9092", "CONTROLLER://:9093")
        (published,) = running[name]["ports"]
        _, outside, inside = published.split(":")
        assert machine == f"MACHINE://:{inside}"
        assert kafka["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{name}:9092,MACHINE://127.0.0.1:{outside}"
        voters = ",".join(f"{one.removeprefix('kafka-')}@{one}:9093" for one in brokers)
        assert kafka["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert running[name]["volumes"] == [f"{name}:{kafka['KAFKA_LOG_DIRS']}"]
    assert len({running[name]["environment"]["CLUSTER_ID"] for name in brokers}) == 1
    waited_for = running["topics"]["depends_on"]
    assert set(brokers) <= set(waited_for)
    assert all(name in running or not how.get("required", True) for name, how in waited_for.items())


def embedded(n_nodes: int) -> dict[str, str]:
    ports = {node: Ports(1, 2) for node in range(1, n_nodes + 1)}
    lines = server_properties(1, ports, Path("data")).splitlines()
    return {name: value for name, value in (line.split("=", 1) for line in lines) if name not in PLACES}


@pytest.mark.parametrize(("given", "n_nodes"), [({}, 1), (THREE_NODES, 3)])
def test_kafka_is_set_as_in_the_tests(given: dict[str, str], n_nodes: int) -> None:
    profiles = given.get("COMPOSE_PROFILES", "").split(",")
    brokers = {name: service for name, service in services(given, profiles).items() if name.startswith("kafka-")}
    assert len(brokers) == n_nodes
    wanted = {name: value for name, value in embedded(n_nodes).items() if name not in ONLY_EMBEDDED}
    for service in brokers.values():
        kafka = {property_of(name): value for name, value in service["environment"].items() if name != "CLUSTER_ID"}
        assert {name: str(value) for name, value in kafka.items() if name not in PLACES} == wanted


def test_one_and_three_nodes_refuse_each_others_data() -> None:
    assert ALL["kafka-1"]["environment"]["CLUSTER_ID"] != THREE_NODES["KAFKA_CLUSTER"]


def test_every_copy_of_a_topic_has_a_node() -> None:
    for given, n_nodes in (({}, 1), (THREE_NODES, 3)):
        environment = compose(given)["services"]["topics"]["environment"]
        assert int(environment["WARDBEAT_REPLICATION"]) == n_nodes


def test_the_env_file_sets_what_the_compose_file_takes() -> None:
    assert set(THREE_NODES) - {"COMPOSE_PROFILES"} <= variables()
    assert not any(name.startswith("WARDBEAT_") for name in variables())  # a shell of a developer has those


def test_kafka_is_the_one_of_the_tests() -> None:
    versions = [re.findall(r"^kafka_2\.13-([\d.]+)\.jar$", jar.file) for jar in read_lock().jars]
    assert [[ALL["kafka-1"]["image"].removeprefix("apache/kafka:")]] == [found for found in versions if found]


def test_redis_is_set_as_in_the_tests() -> None:
    command = ALL["redis"]["command"]
    set_here = {command[i].removeprefix("--"): command[i + 1] for i in range(1, len(command), 2)}
    lines = [line.split(" ", 1) for line in server_config(6379, Path("/data")).splitlines()]
    there = {name: value.strip('"') for name, value in lines if name not in {"bind", "port", "dir", "daemonize"}}
    assert {name: value for name, value in set_here.items() if name != "maxmemory"} == there
    assert ALL["redis"]["volumes"] == ["redis:/data"]


def test_what_has_to_be_kept_is_on_a_volume_and_every_volume_is_used() -> None:
    named = [mount.split(":")[0] for service in ALL.values() for mount in service.get("volumes", []) if mount[0] != "."]
    assert sorted(named) == sorted(compose()["volumes"])


@each_service
def test_what_is_mounted_exists_and_is_read_only(name: str) -> None:
    for mount in ALL[name].get("volumes", []):
        source, _, how = mount.split(":") if mount.count(":") == 2 else (*mount.split(":"), "")
        if source.startswith("."):
            assert (ROOT / source).exists()
            assert how == "ro"


@each_service
def test_what_it_waits_for_runs(name: str) -> None:
    waits_for: Any = ALL[name].get("depends_on", {})
    assert set(waits_for) <= set(ALL)
    if isinstance(waits_for, dict):
        for other, how in waits_for.items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in ALL[other]
            else:
                assert (other, how["condition"]) == ("topics", "service_completed_successfully")


def test_what_starts_without_a_profile_is_a_ward() -> None:
    assert set(services()) == {"kafka-1", "redis", "topics", "worker", "escalator", "dashboard", "classify"}
    assert {name for service in ALL.values() for name in service.get("profiles", [])} == {
        "canary",
        "cluster",
        "replay",
        "metrics",
    }


def test_the_dashboard_asks_the_classify_service_where_it_listens() -> None:
    service = ALL["classify"]
    arguments = service["command"]
    port = arguments[arguments.index("--port") + 1]
    assert ALL["dashboard"]["environment"]["WARDBEAT_CLASSIFY_URL"] == f"http://classify:{port}"
    assert service["environment"]["WARDBEAT_CLASSIFY_HOSTS"] == "classify"
    assert "ports" not in service  # nobody else asks it


def test_whoever_is_told_to_stop_has_the_time() -> None:
    def seconds(name: str) -> float:
        return float(ALL[name]["stop_grace_period"].removesuffix("s"))

    assert seconds("worker") >= embedded_services.WORKER_STOP_LIMIT_S
    assert seconds("replay") >= embedded_services.REPLAY_STOP_LIMIT_S


def test_prometheus_asks_every_process_where_it_answers() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8"))
    (found,) = config["scrape_configs"][0]["dns_sd_configs"]
    assert sorted(found["names"]) == PROCESSES
    for name in PROCESSES:
        environment = ALL[name]["environment"]
        assert environment["WARDBEAT_METRICS_PORT"] == str(found["port"])
        assert environment["WARDBEAT_METRICS_HOST"] == "0.0.0.0"


def test_prometheus_finds_its_files() -> None:
    mounts = dict(mount.split(":")[:2] for mount in ALL["prometheus"]["volumes"])
    assert f"--config.file={mounts['./deploy']}/prometheus.yml" in ALL["prometheus"]["command"]
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text(encoding="utf-8"))
    assert [name for name in config["rule_files"] if not (ROOT / "deploy" / name).is_file()] == []


def test_grafana_asks_our_prometheus_and_finds_its_files() -> None:
    folder = ROOT / "deploy" / "grafana"
    (source,) = yaml.safe_load((folder / "datasource.yml").read_text(encoding="utf-8"))["datasources"]
    assert source["url"] == "http://prometheus:9090"
    for board in folder.glob("*.json"):
        uids = re.findall(r'"type": "prometheus",\s*"uid": "([^"]*)"', board.read_text(encoding="utf-8"))
        assert set(uids) == {source["uid"]}
    (provider,) = yaml.safe_load((folder / "dashboards.yml").read_text(encoding="utf-8"))["providers"]
    mounts = dict(mount.split(":")[:2] for mount in ALL["grafana"]["volumes"])
    assert mounts["./deploy/grafana"] == provider["options"]["path"]


def test_no_secret_is_in_the_file() -> None:
    for service in ALL.values():
        for name, value in service.get("environment", {}).items():
            assert value is None or not re.search("PASSWORD|SECRET|TOKEN|WEBHOOK", name)
