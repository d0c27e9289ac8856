"""Asks the classify service (``wardbeat classify serve``) about files that somebody uploads.

The dashboard decodes neither pictures nor records: it hands their bytes on and shows the answer.
"""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

import httpx
from pydantic import BaseModel, Field, HttpUrl, ValidationError

from wardbeat.errors import ClassifyError
from wardbeat.web.guard import ACT_HEADER

Reply = TypeVar("Reply", bound=BaseModel)

ANSWER_TIMEOUT_S: Final = 120.0
"""A record of half an hour takes the monitor about 10 s on one core; others may be before it."""
CONNECT_TIMEOUT_S: Final = 3.0
NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})


class UploadedFile(NamedTuple):
    """A file as the browser sent it."""

    name: str
    content: bytes


class PictureReply(BaseModel):
    """What the service answers about a picture."""

    file: str
    beat: str | None = Field(alias="class")
    """The category; None if the picture is refused."""
    probabilities: dict[str, float]
    refused: str | None
    """Why no category is given."""
    saliency: list[list[float]] | None = None
    """Rows from the top of the picture, 0 to 1: how much the category depends on this part."""
    notes: list[str] = []


class StripReply(BaseModel):
    """One lead of a record, as it is drawn."""

    lead: str
    fs_hz: float = Field(gt=0)
    mv: list[float | None]
    """None where the record has no valid sample."""


class RhythmReply(BaseModel):
    """A rhythm, until the next one begins."""

    start_s: float
    rhythm: str
    """A WFDB aux string, such as ``(N``."""


class AlertReply(BaseModel):
    """An alert that the ward's monitor would raise."""

    words: str
    priority: str
    onset_s: float
    ended_s: float | None
    """None if its condition lasts at the end of the record."""


class MonitorReply(BaseModel):
    """What the ward's monitor finds in a record."""

    beats: dict[str, int]
    """The AAMI class of beats and their number."""
    rhythms: list[RhythmReply]
    alerts: list[AlertReply]
    mean_hr_bpm: float | None = None


class RecordReply(BaseModel):
    """What the service answers about a record."""

    record: str
    leads: list[str]
    left_out: list[str] = []
    fs_hz: float
    duration_s: float
    superclasses: dict[str, float] | None
    found: list[str] | None = None
    """The superclasses at or above their thresholds."""
    abnormal: float | None
    rhythm: dict[str, float] | None
    reason: str | None = None
    """Why the 12-lead networks give no answer."""
    monitor: MonitorReply
    strips: list[StripReply]
    """The beginning of each lead."""


class ClassifyClient:
    """Posts files to the classify service.

    Parameters
    ----------
    url : HttpUrl
        The address of the service, without a path.
    timeout_s : float
        How long the service may take for an answer.
    """

    def __init__(self, url: HttpUrl, *, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log a line a request
        self._url = str(url).rstrip("/")
        self._where = f"{url.host}:{url.port}"  # the address may have a password
        self._timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)

    async def picture(self, file: UploadedFile) -> PictureReply:
        """The category of the beat in a picture, or why the service refuses it.

        Raises
        ------
        ClassifyError
            If the service is away, or if the file is no picture that it takes.
        """
        return _read(PictureReply, await self._ask("picture", [file]))

    async def record(self, files: Sequence[UploadedFile], fs_hz: float | None = None) -> RecordReply:
        """What the 12-lead networks and the monitor find in a record.

        Parameters
        ----------
        files : sequence of UploadedFile
            All files of the record.
        fs_hz : float, optional
            The sampling rate of a CSV without a column of times.

        Raises
        ------
        ClassifyError
            If the service is away, or if the files are no record that it takes.
        """
        return _read(RecordReply, await self._ask("record", files, {} if fs_hz is None else {"fs_hz": f"{fs_hz:g}"}))

    async def _ask(self, what: str, files: Sequence[UploadedFile], fields: Mapping[str, str] = NO_FIELDS) -> bytes:
        field = "file" if what == "picture" else "files"
        parts = [(field, (file.name, file.content, "application/octet-stream")) for file in files]
        # trust_env: no proxy may stand between two processes of one machine.
        client = httpx.AsyncClient(timeout=self._timeout, follow_redirects=False, trust_env=False)
        try:
            async with client:
                answer = await client.post(
                    f"{self._url}/api/v1/classify/{what}",
                    data=fields,
                    files=parts,
                    headers={ACT_HEADER: "dashboard"},
                )
        except httpx.ConnectError as error:
            raise ClassifyError(
                f"The classify service does not answer at {self._where}. Start it with `wardbeat classify serve`; "
                "another address goes into WARDBEAT_CLASSIFY_URL."
            ) from error
        except httpx.HTTPError as error:
            raise ClassifyError(
                f"The classify service at {self._where} gave no answer ({type(error).__name__}). "
                "Try a shorter record, or see its log."
            ) from error
        if not answer.is_success:
            raise ClassifyError(_reason(answer))
        return answer.content


def _read(kind: type[Reply], content: bytes) -> Reply:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise ClassifyError(
            f"The classify service gave an answer that this dashboard can't read ({field}). "
            "Start both in the same version of Wardbeat."
        ) from error


def _reason(answer: httpx.Response) -> str:
    """The ``detail`` of a refusal; for an answer without one, its status."""
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    if isinstance(detail, str):
        return detail
    return f"The classify service failed (HTTP {answer.status_code}). Its log says why."
