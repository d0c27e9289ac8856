"""The patients of a replay: one stream each, from records or synthetic ECG. Further patients use records again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wardbeat.contracts.canary import CANARY
from wardbeat.contracts.messages import Origin
from wardbeat.ecg.canary_signal import canary_record
from wardbeat.ecg.chunking import EcgSource
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.selection.wanted import WantedLeads
from wardbeat.ecg.synthetic import Rhythm, SyntheticRecord, synthetic_scenario

SYNTHETIC_S: Final = 300.0
"""Length of the record of a synthetic patient. ``loop`` repeats it."""
EPISODES: Final[frozenset[Rhythm]] = frozenset({"vt", "vf", "asystole", "noise", "lead_off"})
"""Rhythms that no patient has for long: they alternate with sinus rhythm."""
SINUS_S: Final = 40.0
EPISODE_S: Final = 20.0
MAX_ID_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Patient:
    """One stream: its source, and the sample at which it begins."""

    stream_id: str
    source: EcgSource
    origin: Origin
    start_sample: int = 0


def recorded_patients(
    paths: Sequence[Path], count: int | None = None, leads: WantedLeads = WantedLeads()
) -> list[Patient]:
    """``count`` patients from records, with the wanted leads; without ``count``, one for each record.

    Raises
    ------
    RecordError
        If a needed record can't be read.
    """
    return _patients([open_record(path, leads.of(path.name)) for path in paths[:count]], "replay", count)


def synthetic_patients(rhythms: Sequence[Rhythm], count: int | None = None, seed: int = 0) -> list[Patient]:
    """``count`` synthetic patients; without ``count``, one for each rhythm."""
    sources = [synthetic_patient_record(rhythm, seed + index) for index, rhythm in enumerate(rhythms[:count])]
    return _patients(sources, "synthetic", count)


def synthetic_patient_record(rhythm: Rhythm, seed: int = 0, duration_s: float = SYNTHETIC_S) -> SyntheticRecord:
    """A record with one rhythm. A rhythm of :data:`EPISODES` alternates with sinus rhythm."""
    if rhythm not in EPISODES:
        return synthetic_scenario([(rhythm, duration_s)], seed=seed, name=rhythm)
    turns = max(1, round(duration_s / (SINUS_S + EPISODE_S)))
    parts: list[tuple[Rhythm, float]] = [("sinus", SINUS_S), (rhythm, EPISODE_S)]
    return synthetic_scenario(parts * turns, seed=seed, name=rhythm)


def canary_patient() -> Patient:
    """The canary: a loop of its cycle, each as a session of its own."""
    return Patient(CANARY, canary_record(), "canary")


def _patients(sources: Sequence[EcgSource], origin: Origin, count: int | None) -> list[Patient]:
    """Patients in rounds over the sources. Each round has another start sample, so that no two show the same signal."""
    count = len(sources) if count is None else count
    rounds = -(-count // len(sources))
    taken: set[str] = set()
    patients = []
    for index in range(count):
        source = sources[index % len(sources)]
        patients.append(
            Patient(
                stream_id=_free_id(source.name, taken),
                source=source,
                origin=origin,
                start_sample=source.n_samples * (index // len(sources)) // rounds,
            )
        )
    return patients


def _free_id(name: str, taken: set[str]) -> str:
    """A free stream id from the name of a record: ``100``, then ``100-2``, and so on.

    Letters that are not ASCII become their number, so that ``患者1`` is not called ``1``, as another record is.
    """
    plain = re.sub(r"[^\x00-\x7f]", lambda letter: f"u{ord(letter[0]):x}", name)
    base = re.sub(r"[^A-Za-z0-9._-]", "-", plain).lstrip("._-")[: MAX_ID_LENGTH - 8] or "record"
    stream_id, number = base, 1
    while stream_id in taken:
        number += 1
        stream_id = f"{base}-{number}"
    taken.add(stream_id)
    return stream_id
