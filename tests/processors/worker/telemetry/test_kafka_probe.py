"""Whether Kafka answers, asked beside the consumer."""

import time

import pytest

from processors.worker.telemetry.kafka_probe import ANSWER_S, KafkaProbe
from tests.support.limits import promised
from wardbeat.embedded.processes import free_ports
from wardbeat.kafka.access import KafkaAccess


@pytest.mark.slow
async def test_kafka_that_is_not_there_is_a_problem_within_a_second() -> None:
    (port,) = free_ports(1)
    probe = KafkaProbe(KafkaAccess(f"127.0.0.1:{port}"))
    began_s = time.monotonic()
    await probe.ask()
    assert time.monotonic() - began_s < promised(ANSWER_S + 0.5)
    assert probe.problem is not None
    assert probe.problem.startswith("Kafka does not answer")


@pytest.mark.slow
async def test_a_kafka_that_answers_is_no_problem(ward_topics: str) -> None:
    probe = KafkaProbe(KafkaAccess(ward_topics))
    probe.problem = "Kafka does not answer"
    for _ in range(30):
        await probe.ask()
        if probe.problem is None:
            return
    raise AssertionError(probe.problem)
