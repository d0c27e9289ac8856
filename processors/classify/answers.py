"""The answers of the classify service, as JSON."""

from pydantic import BaseModel, ConfigDict, Field


class PictureResult(BaseModel):
    """What the network says about a picture of one beat."""

    model_config = ConfigDict(populate_by_name=True)

    file: str
    beat_class: str | None = Field(alias="class", description="the most probable class; null if the picture is refused")
    probabilities: dict[str, float] = Field(description="by class; empty if the picture is refused")
    refused: str | None = Field(description="why the picture is not classified")
    saliency: list[list[float]] | None = Field(
        description="rows from the top of the whole picture, 0 to 1: how much of the class's probability is lost "
        "without the ink there; null if the picture is refused"
    )
    notes: list[str] = Field(description="what the answer can't know")


class RhythmFound(BaseModel):
    """A rhythm, until the next one begins."""

    start_s: float
    rhythm: str = Field(description="WFDB aux string, such as `(N` or `(AFIB`")


class AlertFound(BaseModel):
    """An alert that the ward's monitor would raise."""

    code: str
    words: str
    priority: str
    onset_s: float
    ended_s: float | None = Field(description="null if the condition lasts at the end of the record")


class MonitorAnswer(BaseModel):
    """What the ward's monitor finds in a record."""

    beats: dict[str, int] = Field(description="number of beats of each AAMI class")
    rhythms: list[RhythmFound]
    alerts: list[AlertFound]
    mean_hr_bpm: float | None = Field(description="mean of the heart rate that a screen would show; null if none")


class LeadStrip(BaseModel):
    """The beginning of one lead."""

    lead: str
    fs_hz: float
    mv: list[float | None] = Field(description="millivolts; null where a sample is invalid")


class RecordResult(BaseModel):
    """What the networks of twelve leads and the ward's monitor say about a record."""

    record: str
    leads: list[str]
    left_out: list[str] = Field(description="other signals of the file, each with the reason why it is no ECG lead")
    fs_hz: float
    duration_s: float
    superclasses: dict[str, float] | None = Field(description="probability of each superclass of PTB-XL")
    found: list[str] | None = Field(description="superclasses at or above their threshold, the most probable first")
    abnormal: float | None = Field(description="probability that the ECG is not normal")
    rhythm: dict[str, float] | None
    reason: str | None = Field(description="why the networks of twelve leads do not answer")
    monitor: MonitorAnswer
    strips: list[LeadStrip]


class ServiceHealth(BaseModel):
    """For each classifier the problem that keeps it from answering; null if it answers."""

    picture: str | None
    twelve_lead: str | None
