"""The REST API: what it answers, what it refuses, and that it stays up."""

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import HTTPException

from models.classify.twelve_lead_order import STANDARD_LEADS
from models.pictures import PICTURE_CLASSES
from processors.classify.app import AT_ONCE, Turns, create_app, sampling_rate
from processors.classify.classifiers import Classifiers
from processors.classify.uploads import MOST_PICTURE_BYTES
from tests.support.drawn_pictures import as_file, beat_picture, png_header
from tests.support.uploads import csv_bytes, edf_bytes, excerpt_files, twelve_lead_wfdb, twelve_leads
from wardbeat.errors import UploadError

PICTURE = "/api/v1/classify/picture"
RECORD = "/api/v1/classify/record"
Ask = Callable[..., Any]


def client_of(classifiers: Classifiers) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(classifiers, ("ward.example",)))
    headers = {"x-wardbeat": "test"}
    return httpx.AsyncClient(transport=transport, base_url="http://ward.example:8051", headers=headers)


@pytest.fixture
async def client(classifiers: Classifiers) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(classifiers) as opened:
        yield opened


def parts(files: dict[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, data)) for name, data in files.items()]


async def test_a_picture_is_answered_in_the_documented_form(client: httpx.AsyncClient) -> None:
    answer = await client.post(PICTURE, files={"file": ("mine.png", as_file(beat_picture()))})
    assert answer.status_code == 200
    found = answer.json()
    assert list(found) == ["file", "class", "probabilities", "refused", "saliency", "notes"]
    assert (found["file"], found["refused"]) == ("mine.png", None)
    assert found["class"] in PICTURE_CLASSES
    assert set(found["probabilities"]) == set(PICTURE_CLASSES)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"I am text", "not a picture"),
        (png_header(10_000, 10_000), "more than 50 million pixels"),
        (as_file(beat_picture())[:300], "damaged or not complete"),
    ],
    ids=["text", "bomb", "truncated"],
)
async def test_what_is_no_picture_is_refused_in_the_same_form(
    client: httpx.AsyncClient, data: bytes, words: str
) -> None:
    answer = await client.post(PICTURE, files={"file": ("mine.png", data)})
    found = answer.json()
    assert (answer.status_code, found["class"], found["saliency"]) == (200, None, None)
    assert words in found["refused"]


async def test_an_upload_over_the_limit_is_413(client: httpx.AsyncClient) -> None:
    answer = await client.post(PICTURE, files={"file": ("mine.png", bytes(MOST_PICTURE_BYTES + 100_000))})
    assert (answer.status_code, answer.json()) == (
        413,
        {"detail": "the upload is larger than 20 MB; send a smaller file"},
    )


async def test_a_wfdb_record_of_twelve_leads_is_answered(client: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await client.post(RECORD, files=parts(twelve_lead_wfdb(tmp_path, seconds=12.0)))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["record"], found["fs_hz"], found["duration_s"]) == ("twelve", 500.0, 12.0)
    assert found["leads"] == list(STANDARD_LEADS)
    assert found["reason"] is None
    assert found["abnormal"] == pytest.approx(1 - found["superclasses"]["NORM"], abs=1e-5)
    assert sum(found["rhythm"].values()) == pytest.approx(1.0, abs=1e-4)
    assert len(found["strips"]) == 12
    assert found["monitor"]["beats"]["N"] > 5


async def test_edf_and_csv_hold_the_same_record(client: httpx.AsyncClient) -> None:
    signal = twelve_leads(12.0)
    edf = edf_bytes(dict(zip(STANDARD_LEADS, signal, strict=True)), 500)
    csv = csv_bytes(STANDARD_LEADS, signal.T)
    by_edf = (await client.post(RECORD, files=parts({"a.edf": edf}))).json()
    by_csv = (await client.post(RECORD, files=parts({"a.csv": csv}), data={"fs_hz": "500"})).json()
    assert by_edf["superclasses"] == pytest.approx(by_csv["superclasses"], abs=0.01)
    assert by_edf["monitor"]["beats"] == by_csv["monitor"]["beats"]
    assert by_edf["leads"] == by_csv["leads"]


async def test_two_leads_get_the_monitor_and_a_reason(client: httpx.AsyncClient) -> None:
    found = (await client.post(RECORD, files=parts(excerpt_files("100")))).json()
    assert (found["superclasses"], found["abnormal"], found["rhythm"]) == (None, None, None)
    assert "the record has MLII, V5" in found["reason"]
    assert found["monitor"]["mean_hr_bpm"] == pytest.approx(74, abs=4)
    assert found["monitor"]["rhythms"][0] == {"start_s": pytest.approx(0, abs=15), "rhythm": "(N"}


@pytest.mark.parametrize(
    ("files", "data", "words"),
    [
        ({"a.dat": bytes(100)}, {}, "needs its header"),
        ({"a.png": as_file(beat_picture())}, {}, "neither EDF+ nor CSV"),
        ({"a.csv": b"II\n0.1\n"}, {"fs_hz": "x"}, "fs_hz is the sampling rate in Hz, 'x' given"),
        ({"a.csv": b"II\n0.1\n"}, {}, "state its sampling rate"),
    ],
)
async def test_a_record_that_can_not_be_read_is_422_with_the_reason(
    client: httpx.AsyncClient, files: dict[str, bytes], data: dict[str, str], words: str
) -> None:
    answer = await client.post(RECORD, files=parts(files), data=data)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://ward.example:8051"}, 200),
    ],
)
async def test_pages_of_other_sites_get_no_answer(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post(PICTURE, files={"file": ("a.png", as_file(beat_picture()))}, headers=headers)
    assert answer.status_code == status


async def test_without_bundles_it_lives_and_says_the_next_step(tmp_path: Path) -> None:
    async with client_of(Classifiers(tmp_path / "a", tmp_path / "b")) as client:
        health = await client.get("/healthz")
        answer = await client.post(PICTURE, files={"file": ("a.png", as_file(beat_picture()))})
        record = await client.post(RECORD, files=parts(excerpt_files("100")))
    assert health.status_code == 200
    assert all("`make study`" in problem for problem in health.json().values())
    assert answer.status_code == 503
    assert "`make study`" in answer.json()["detail"]
    assert record.status_code == 200
    assert "`make study`" in record.json()["reason"]


async def test_with_bundles_it_is_healthy_and_described(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"picture": None, "twelve_lead": None}
    described = (await client.get("/api/v1/classify/openapi.json")).json()
    assert set(described["paths"]) == {PICTURE, RECORD, "/healthz"}
    form = described["paths"][RECORD]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"files", "fs_hz"}


async def test_no_name_is_logged(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        signal = dict(zip(("II", "V1"), twelve_leads(3.0)[:2], strict=True))
        await client.post(RECORD, files=parts({"erika_example.edf": edf_bytes(signal, 500)}))
        await client.post(PICTURE, files={"file": ("erika_example.png", b"text")})
    ours = [line for line in caplog.messages if "erika" in line.lower()]
    assert ours == []


async def test_few_uploads_wait_and_the_others_are_sent_away() -> None:
    turns = Turns()
    let_go = anyio.Event()

    async def upload() -> None:
        async with turns.entered():
            await let_go.wait()

    async with anyio.create_task_group() as group:
        for _ in range(AT_ONCE):
            group.start_soon(upload)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(HTTPException, match="503: 3 uploads are in work already"):
            async with turns.entered():
                pass
        let_go.set()
    async with turns.entered():
        assert await turns.run(lambda: 1) == 1
    assert turns.taken == 0


@pytest.mark.parametrize(("given", "rate"), [(None, None), ("", None), (" 250 ", 250.0), ("128.5", 128.5)])
def test_the_rate_is_a_number_or_left_out(given: str | None, rate: float | None) -> None:
    assert sampling_rate(given) == rate


@pytest.mark.parametrize("given", ["0", "-5", "nan", "inf", "fast"])
def test_a_rate_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(UploadError, match="fs_hz is the sampling rate"):
        sampling_rate(given)
