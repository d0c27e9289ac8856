"""The client of the classify service against real servers."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import HttpUrl

from dashboard.classify_client import ClassifyClient, UploadedFile
from tests.support.classify_service import LEADS, NO_PICTURE, SEVERAL, ClassifyService, running, serving
from wardbeat.embedded.processes import free_ports
from wardbeat.errors import ClassifyError

BEAT = UploadedFile("beat ä.png", b"\x89PNG\x00\r\n\xff")


@pytest.fixture(scope="module")
def service() -> ClassifyService:
    return ClassifyService()


@pytest.fixture(scope="module")
def client(service: ClassifyService) -> Iterator[ClassifyClient]:
    with running(service) as address:
        yield ClassifyClient(HttpUrl(address))


async def test_a_picture_gets_its_category_and_arrives_byte_for_byte(
    client: ClassifyClient, service: ClassifyService
) -> None:
    reply = await client.picture(BEAT)
    assert (reply.file, reply.beat, reply.refused) == ("beat ä.png", "PVC", None)
    assert reply.probabilities["PVC"] == 0.918
    assert reply.saliency is not None
    assert len(reply.saliency) == 16
    assert service.received[-1] == [tuple(BEAT)]


async def test_a_refused_picture_has_its_reason(client: ClassifyClient) -> None:
    reply = await client.picture(UploadedFile("six.png", b"several"))
    assert (reply.beat, reply.refused, reply.probabilities) == (None, SEVERAL, {})


async def test_all_files_of_a_record_are_sent_together(client: ClassifyClient, service: ClassifyService) -> None:
    files = [UploadedFile("p1.hea", b"header"), UploadedFile("p1.dat", b"\x00\x01")]
    reply = await client.record(files)
    assert service.received[-1] == [tuple(file) for file in files]
    assert (reply.record, tuple(reply.leads), reply.found) == ("p1", LEADS, ["MI", "STTC"])
    assert [strip.lead for strip in reply.strips] == list(LEADS)
    assert [alert.words for alert in reply.monitor.alerts] == ["Ventricular tachycardia"]


async def test_the_sampling_rate_of_a_csv_is_sent(client: ClassifyClient) -> None:
    assert (await client.record([UploadedFile("two.csv", b"I,II\n")], fs_hz=128.5)).fs_hz == 128.5


async def test_the_reason_of_the_service_is_the_message(client: ClassifyClient) -> None:
    with pytest.raises(ClassifyError, match=NO_PICTURE):
        await client.picture(UploadedFile("note.png", b"text"))


async def test_a_failure_of_the_service_names_its_log(client: ClassifyClient) -> None:
    with pytest.raises(ClassifyError, match=r"failed \(HTTP 500\).*log"):
        await client.picture(UploadedFile("beat.png", b"broken"))


async def test_a_service_that_is_away_is_named_with_its_command_and_without_its_password() -> None:
    (port,) = free_ports(1)
    client = ClassifyClient(HttpUrl(f"http://someone:secret@127.0.0.1:{port}"))
    with pytest.raises(ClassifyError, match=f"127.0.0.1:{port}.*wardbeat classify serve") as away:
        await client.picture(BEAT)
    assert "secret" not in str(away.value)


async def test_a_service_that_takes_too_long_is_no_endless_wait(service: ClassifyService) -> None:
    with running(service) as address, pytest.raises(ClassifyError, match="no answer"):
        await ClassifyClient(HttpUrl(address), timeout_s=0.2).picture(UploadedFile("slow.png", b"slow"))


@pytest.mark.parametrize("answer", [{}, [], {"file": "x", "class": 3, "probabilities": {}, "refused": None}])
async def test_an_answer_of_another_version_is_no_crash(answer: Any) -> None:
    app = FastAPI()
    app.add_api_route("/api/v1/classify/picture", lambda: answer, methods=["POST"])
    with serving(app) as address, pytest.raises(ClassifyError, match="same version"):
        await ClassifyClient(HttpUrl(address)).picture(BEAT)
