"""All figures of an alert evaluation in the form of report.json; rates are proportions from 0 to 1, times seconds."""

import msgspec

from training.evaluation.alerts.scores.atrial_fibrillation import AtrialBeatScores, StripScores
from training.evaluation.alerts.scores.borne_out import BorneOut
from training.evaluation.alerts.scores.burden import Burden
from training.evaluation.alerts.scores.challenge_2015 import Challenge2015
from training.evaluation.alerts.scores.episodes import EpisodeRow, ScoredEpisode
from training.evaluation.alerts.scores.heart_rate import HeartRateScores
from training.evaluation.alerts.scores.naming import Naming
from training.evaluation.alerts.scores.segments import SegmentRow
from training.evaluation.alerts.scores.splices import SpliceKindRow, SpliceRow
from training.evaluation.alerts.scores.waveforms import WaveformRow


class VentricularFigures(msgspec.Struct, frozen=True):
    """VF and VT against the reference rhythms: segments, sustained episodes, streams that begin in VF, right names."""

    segments: list[SegmentRow]
    episodes: list[EpisodeRow]
    joined: EpisodeRow
    every_episode: list[ScoredEpisode]
    every_joined: list[ScoredEpisode]
    naming: Naming


class ListedAlert(msgspec.Struct, frozen=True):
    """An alert that the report lists individually."""

    record: str
    code: str
    onset_s: float
    raised_s: float
    ended_s: float | None


class SpliceScores(msgspec.Struct, frozen=True):
    """Splices by kind, and each splice."""

    kinds: list[SpliceKindRow]
    splices: list[SpliceRow]


class FolderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of one folder; figures that its kind does not define are None.

    Attributes
    ----------
    folder, kind : str
    records : dict
        By record, whether the networks that scored it were fitted on its patient.
    seen : dict
        Number of records of each such group.
    hours : float
        Duration of all signals.
    asystole : list of ListedAlert or None
        All alerts of asystole, if the folder has reference beats.
    """

    folder: str
    kind: str
    records: dict[str, str]
    seen: dict[str, int]
    hours: float
    challenge_2015: Challenge2015 | None = None
    ventricular: VentricularFigures | None = None
    borne_out: BorneOut | None = None
    burden: Burden | None = None
    asystole: list[ListedAlert] | None = None
    heart_rate: HeartRateScores | None = None
    strips: StripScores | None = None
    atrial_beats: list[AtrialBeatScores] | None = None
    splices: SpliceScores | None = None


class AlertEvaluation(msgspec.Struct, frozen=True):
    """The figures of each folder, and of the test waveforms if planned.

    Attributes
    ----------
    folders : list of FolderFigures
    borne_out : BorneOut or None
        The high alerts of all folders with reference beats together, if there are several such folders.
    waveforms : list of WaveformRow
    bundles : dict
    seed : int
        Seed of the bootstrap.
    """

    folders: list[FolderFigures]
    borne_out: BorneOut | None
    waveforms: list[WaveformRow]
    bundles: dict[str, str]
    seed: int
