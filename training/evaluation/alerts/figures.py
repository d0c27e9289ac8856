"""All figures of an evaluation of alerts, as report.json holds them; rates are shares of 1, times seconds."""

import msgspec

from training.evaluation.alerts.scores.atrial_fibrillation import AtrialBeatScores, Strips
from training.evaluation.alerts.scores.burden import Burden
from training.evaluation.alerts.scores.challenge_2015 import Challenge2015
from training.evaluation.alerts.scores.episodes import EpisodeRow, ScoredEpisode
from training.evaluation.alerts.scores.heart_rate import HeartRateScores
from training.evaluation.alerts.scores.segments import SegmentRow
from training.evaluation.alerts.scores.splices import SpliceKindRow, SpliceRow
from training.evaluation.alerts.scores.waveforms import WaveformRow


class VentricularFigures(msgspec.Struct, frozen=True):
    """VF and VT against reference rhythms: segments, sustained episodes, streams that begin in VF."""

    segments: list[SegmentRow]
    episodes: list[EpisodeRow]
    joined: EpisodeRow
    every_episode: list[ScoredEpisode]
    every_joined: list[ScoredEpisode]


class Listed(msgspec.Struct, frozen=True):
    """An alert that is named one by one."""

    record: str
    code: str
    onset_s: float
    raised_s: float
    ended_s: float | None


class Splices(msgspec.Struct, frozen=True):
    """Splices by kind and one by one."""

    kinds: list[SpliceKindRow]
    splices: list[SpliceRow]


class FolderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one folder; what its kind does not give is None.

    Attributes
    ----------
    folder, kind : str
    records : dict
        What the networks that heard each record had seen.
    seen : dict
        How many records of each.
    hours : float
        Of signal heard.
    asystole : list of Listed or None
        All alerts of asystole, where beats say whether there was one.
    """

    folder: str
    kind: str
    records: dict[str, str]
    seen: dict[str, int]
    hours: float
    challenge_2015: Challenge2015 | None = None
    ventricular: VentricularFigures | None = None
    burden: Burden | None = None
    asystole: list[Listed] | None = None
    heart_rate: HeartRateScores | None = None
    strips: Strips | None = None
    atrial_beats: list[AtrialBeatScores] | None = None
    splices: Splices | None = None


class AlertEvaluation(msgspec.Struct, frozen=True):
    """Folder by folder, and the test waveforms if they were asked for; ``seed`` is that of the bootstrap."""

    folders: list[FolderFigures]
    waveforms: list[WaveformRow]
    bundles: dict[str, str]
    seed: int
