"""A small classify service for the tests of the study page: real HTTP, and answers that the name of a file chooses."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import numpy as np
import uvicorn
from fastapi import FastAPI, Form, HTTPException, UploadFile

from tests.support.limits import WAIT_S

LEADS: Final = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
BEATS: Final = ("normal", "LBBB", "RBBB", "PAC", "PVC", "paced", "VF")
SEVERAL: Final = "The picture shows about 6 beats. Send a picture of one beat."
NO_PICTURE: Final = "The file is no picture: its content is text. Send PNG or JPEG."


class ClassifyService:
    """Answers as ``wardbeat classify serve`` does, and keeps what it was sent.

    Attributes
    ----------
    received : list of list of (str, bytes)
        The files of each request.
    """

    def __init__(self) -> None:
        self.received: list[list[tuple[str, bytes]]] = []
        self.app = FastAPI()
        self.app.add_api_route("/api/v1/classify/picture", self._picture, methods=["POST"])
        self.app.add_api_route("/api/v1/classify/record", self._record, methods=["POST"])

    async def _picture(self, file: UploadFile) -> dict[str, Any]:
        content = await self._keep([file])
        if content.startswith(b"text"):
            raise HTTPException(415, NO_PICTURE)
        if content.startswith(b"broken"):
            raise RuntimeError("a fault of the service")
        if content.startswith(b"slow"):
            await asyncio.sleep(5)
        several = b"several" in content[-200:]
        probabilities = (
            {} if several else dict(zip(BEATS, (0.031, 0.0004, 0.012, 0.006, 0.918, 0.03, 0.0026), strict=True))
        )
        rows, columns = np.mgrid[0:16, 0:20]
        saliency = np.exp(-((rows - 8) ** 2 + (columns - 9) ** 2) / 12)
        return {
            "file": file.filename,
            "class": None if several else "PVC",
            "probabilities": probabilities,
            "refused": SEVERAL if several else None,
            "saliency": None if several else saliency.round(3).tolist(),
            "notes": ["A premature atrial beat can't be told from a normal one in a picture of one beat."],
        }

    async def _record(self, files: list[UploadFile], fs_hz: float | None = Form(None)) -> dict[str, Any]:
        await self._keep(files)
        names = sorted(str(file.filename) for file in files)
        if all(name.endswith(".dat") for name in names):
            raise HTTPException(422, "The record has no header; send the .hea file together with the .dat file.")
        leads = LEADS[:2] if "two" in names[0] else LEADS
        seconds = np.arange(2500) / 250
        beat = np.exp(-(((seconds % 0.8) - 0.4) ** 2) / 0.0004)
        twelve = len(leads) == len(LEADS)
        return {
            "record": names[0].rpartition(".")[0],
            "leads": list(leads),
            "fs_hz": fs_hz or 500,
            "duration_s": 10.0,
            "found": ["MI", "STTC"] if twelve else None,
            "superclasses": {"NORM": 0.03, "MI": 0.71, "STTC": 0.42, "CD": 0.18, "HYP": 0.05} if twelve else None,
            "abnormal": 0.97 if twelve else None,
            "rhythm": {"SR": 0.91, "AF": 0.06, "other": 0.03} if twelve else None,
            "reason": None if twelve else "The record has 2 leads; the 12-lead networks need all twelve.",
            "monitor": {
                "beats": {"N": 11, "V": 2},
                "rhythms": [{"start_s": 0.0, "rhythm": "(N"}, {"start_s": 6.2, "rhythm": "(VT"}],
                "alerts": [
                    {
                        "code": "ventricular_tachycardia",
                        "words": "Ventricular tachycardia",
                        "priority": "high",
                        "onset_s": 6.2,
                        "ended_s": None,
                    }
                ],
                "mean_hr_bpm": 74.6,
            },
            "strips": [
                {"lead": lead, "fs_hz": 250, "mv": (beat * (1 - 0.12 * row)).round(4).tolist()}
                for row, lead in enumerate(leads)
            ],
        }

    async def _keep(self, files: list[UploadFile]) -> bytes:
        self.received.append([(str(file.filename), await file.read()) for file in files])
        return self.received[-1][0][1]


def running(service: ClassifyService) -> AbstractContextManager[str]:
    """Serve it on a free port of loopback; gives its address."""
    return serving(service.app)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of loopback; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline_s = time.monotonic() + WAIT_S
    while not server.started:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
