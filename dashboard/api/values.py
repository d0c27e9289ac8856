"""The fields and parameters of ``/api/v1``: each calls the rule of its kind, as the command line does.

The rules are in :mod:`wardbeat.contracts.rules`. A value that breaks its rule is answered with 422. The name of a bed
that does not exist is answered with 404 and the beds there are, whatever its form.
"""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import AfterValidator, Field
from starlette.requests import Request

from wardbeat.care.admissions import STANDBY_MIN
from wardbeat.care.audio_pause import PAUSE_S
from wardbeat.contracts import rules
from wardbeat.store.beds.bed_names import BedNames

Initials = Annotated[
    str,
    AfterValidator(rules.initials),
    Field(description=f"{rules.FEWEST_LETTERS} to {rules.MOST_LETTERS} letters of any script"),
]
Comment = Annotated[str, AfterValidator(rules.comment), Field(description=f"1 to {rules.MAX_COMMENT_CHARS} characters")]
OptionalComment = Annotated[
    str, AfterValidator(rules.optional_comment), Field(description=f"at most {rules.MAX_COMMENT_CHARS} characters")
]
Reason = Annotated[
    str, AfterValidator(rules.reason), Field(description=f"one line of 1 to {rules.MAX_REASON_CHARS} characters")
]
BedName = Annotated[str, Field(description="the name of a bed there is, which is the stream id of its device")]
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
PauseSeconds = Annotated[int, AfterValidator(PAUSE_S.check), Field(description=PAUSE_S.words)]
_STANDBY = STANDBY_MIN._replace(above=True)
StandbyMinutes = Annotated[float, AfterValidator(_STANDBY.check), Field(description=_STANDBY.words)]
AlertLimit = Annotated[int, Query(ge=1, le=500)]
AuditLimit = Annotated[int, Query(ge=1, le=1000)]


async def _present_bed(stream_id: BedName, request: Request) -> str:
    names: BedNames = request.app.state.bed_names
    await names.check(stream_id)
    return stream_id


async def _known_bed(stream_id: BedName, request: Request) -> str:
    names: BedNames = request.app.state.bed_names
    await names.check(stream_id, former=True)
    return stream_id


PresentBed = Annotated[str, Depends(_present_bed)]
"""A bed on which staff may act."""
KnownBed = Annotated[str, Depends(_known_bed)]
"""A bed of which one may read: present, or removed with its audit left."""
