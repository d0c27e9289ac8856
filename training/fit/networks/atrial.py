"""Fits the network and the forest that tell atrial fibrillation, on the same beats."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.atrial import build_atrial_network
from training.data.feature_capture import asked_at_s, captured_features
from training.fit.backup import back_up, restore
from training.fit.networks.forest import grow_forest
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.ecg.features.atrial_beats import (
    BEATS,
    CHANGE,
    CHANGE_SCALE,
    LARGEST_CHANGE,
    LOG_RR,
    NEXT_CHANGE,
    P_N,
    P_S,
    P_V,
    PRESENT,
    RR_KNOWN,
    SHORTEST_RR_S,
    SIZE_OF_CHANGE,
    USUAL_RR_S,
    WAVE_LIKE,
    WAVEFORM,
)
from wardbeat.ecg.features.atrial_measures import atrial_measures
from wardbeat.ecg.io.annotations import read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.errors import TrainingError

RECORD_LABELS = "REFERENCE-v3.csv"
"""The table of challenge-2017: N, A (atrial fibrillation), O (another rhythm) or ~ (noise) of each record."""
FIBRILLATION = "(AFIB"
FLUTTER = frozenset({"(AFL", "(VFL", "(VF", "(VFIB", "(NOISE"})
"""Neither fibrillation of the atria nor its absence: not fitted on."""
MOST_OTHER, LEAST_FIBRILLATION = 0.1, 0.7
"""Shares of fibrillation in a stretch of beats that make it one without, and one with."""
DECIDED_BEFORE_S = 1.5
"""A beat is known this long after it came."""
LEAST_BEATS = 4
LATER, LEAST_KEPT = 0.6, 6
"""As many stretches are begun later, with so many beats at least."""
ECTOPIC = 0.3
"""As many stretches are given ventricular beats."""
TREE_L2 = 5.0
"""Penalty on what the leaves of a tree say."""


class AtrialSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How network and forest are fitted.

    Attributes
    ----------
    epochs, batch : int
    rows_a_minute : float
        How many stretches of a long record are drawn in each epoch for a minute of it, one at least.
    learning_rate, weight_decay, dropout : float
    fibrillation_weight : float
        Of a stretch of it beside another: in ten records one has it.
    rounds, leaves, tree_rate, share_of_features, share_of_rows : int, float
        Of the forest and each of its trees.
    """

    epochs: int = 26
    batch: int = 64
    rows_a_minute: float = 0.6
    learning_rate: float = 3e-3
    weight_decay: float = 3e-3
    dropout: float = 0.3
    fibrillation_weight: float = 2.5
    rounds: int = 250
    leaves: int = 16
    tree_rate: float = 0.04
    share_of_features: float = 0.3
    share_of_rows: float = 0.7


class AtrialRows(NamedTuple):
    """Stretches of beats: features, whether the atria fibrillate, which record."""

    features: NDArray[np.float32]
    label: NDArray[np.bool_]
    record: NDArray[np.int32]


def atrial_rows(work: Path, paths: Sequence[Path]) -> AtrialRows:
    """The stretches of records that are known to be fibrillation or not to be.

    Raises
    ------
    TrainingError
        If no record says.
    """
    tables = {folder: _record_labels(folder) for folder in {path.parent for path in paths}}
    parts = []
    for index, path in enumerate(paths):
        name = tables[path.parent].get(path.name)
        rhythms = [] if name or not path.with_suffix(".atr").is_file() else read_rhythms(path)
        if name in (None, "~") and not rhythms:
            continue
        features = captured_features(work, path, "atrial")
        share = (
            np.full(len(features), float(name == "A"))
            if name
            else fibrillation_shares(features, rhythms, open_record(path).fs)
        )
        known = (share <= MOST_OTHER) | (share >= LEAST_FIBRILLATION)
        known &= features[:, :, PRESENT].sum(axis=1) >= LEAST_BEATS
        parts.append((features[known], share[known] >= LEAST_FIBRILLATION, np.full(known.sum(), index, np.int32)))
    if not parts:
        raise TrainingError("rhythms: no record says where the atria fibrillate; name challenge-2017 or mitdb")
    return AtrialRows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit_atrial_network(
    rows: AtrialRows, *, settings: AtrialSettings, seed: int, progress: Progress, backup: Path | None = None
) -> keras.Model:
    """A fitted network; ``backup`` is where each finished epoch is kept, so that an interrupted fit goes on from it."""
    seed_everything(seed)
    n = sum(len(drawn) for drawn in _drawn(rows, settings, np.random.default_rng(seed)))
    steps = max(1, n // settings.batch)
    network = build_atrial_network(settings.dropout)
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, settings.epochs * steps)
    optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, use_ema=True, ema_momentum=0.99)
    network.compile(optimizer, loss="sparse_categorical_crossentropy")
    for epoch in range(restore(network, backup) if backup else 0, settings.epochs):
        random = np.random.default_rng([seed, epoch])
        losses = []
        for at in _batches(rows, settings, random):
            weights = np.where(rows.label[at], settings.fibrillation_weight, 1.0)
            varied = {"features": vary(rows.features[at], random)}
            losses.append(float(network.train_on_batch(varied, rows.label[at].astype(np.int32), sample_weight=weights)))
        progress("atrial network", epoch + 1, settings.epochs, f"loss {np.mean(losses):.3f}")
        if backup:
            back_up(network, backup, epoch + 1)
    network.optimizer.finalize_variable_values(network.trainable_variables)
    return network


def fit_atrial_forest(rows: AtrialRows, *, settings: AtrialSettings, seed: int) -> lightgbm.Booster:
    """A fitted forest; each record weighs as much as is drawn of it for the network."""
    measures = np.stack([atrial_measures(features) for features in rows.features])
    _, of_record, counts = np.unique(rows.record, return_inverse=True, return_counts=True)
    weights = _draws(counts, settings)[of_record] / counts[of_record]
    return grow_forest(
        measures,
        rows.label.astype(np.int8),
        weights / weights.mean(),
        rounds=settings.rounds,
        leaves=settings.leaves,
        learning_rate=settings.tree_rate,
        share_of_features=settings.share_of_features,
        share_of_rows=settings.share_of_rows,
        seed=seed,
        l2=TREE_L2,
    )


def vary(features: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Stretches as they might have been.

    Begun later, upside down, larger, noisier, of a faster or slower heart, with ventricular beats in between: few
    records have both these and fibrillation, and a patient with one is no less likely to have the other.
    """
    varied = features.copy()
    n = len(varied)
    present = varied[:, :, PRESENT].sum(axis=1).astype(int)
    kept = np.where(random.random(n) < LATER, random.integers(LEAST_KEPT, BEATS + 1, n), BEATS)
    varied[np.arange(BEATS) < (BEATS - np.minimum(kept, present))[:, None]] = 0.0
    there = varied[:, :, PRESENT]
    scale = np.exp(random.normal(0.0, 0.15, n)) * np.where(random.random(n) < 0.5, -1.0, 1.0)
    noise_mean = random.exponential(0.01, n)
    waves = varied[:, :, :WAVEFORM]
    noise = random.normal(0.0, 1.0, waves.shape) * noise_mean[:, None, None]
    varied[:, :, :WAVEFORM] = (waves * scale[:, None, None] + noise) * there[:, :, None]
    varied[:, :, LOG_RR] += random.normal(0.0, 0.15, n)[:, None] * varied[:, :, RR_KNOWN]
    share = np.where(random.random(n) < ECTOPIC, random.uniform(0.05, 0.4, n), 0.0)
    _make_ventricular(varied, (random.random(there.shape) < share[:, None]) & (there > 0.0), random)
    _count_changes(varied)
    return varied


def _make_ventricular(features: NDArray[np.float32], chosen: NDArray[np.bool_], random: np.random.Generator) -> None:
    """Make some beats early ventricular ones; the beats after them stay where they are."""
    early = random.uniform(0.5, 0.9, chosen.shape) * chosen + ~chosen
    rr = np.exp(features[:, :, LOG_RR])
    lost = rr * (1.0 - early)
    lost[:, 1:] -= lost[:, :-1].copy()
    changed = np.log(np.maximum(rr - lost, SHORTEST_RR_S / USUAL_RR_S))
    features[:, :, LOG_RR] = np.where(features[:, :, RR_KNOWN] > 0.0, changed, 0.0)
    features[chosen, P_N], features[chosen, P_S] = 0.05, 0.02
    features[chosen, P_V] = random.uniform(0.6, 1.0, chosen.sum())
    features[chosen, :WAVEFORM] += random.normal(0.0, 0.1, (chosen.sum(), 1)) * np.linspace(-1.0, 1.0, WAVEFORM)
    features[chosen, WAVE_LIKE] *= random.uniform(-1.0, 1.0, chosen.sum())


def _count_changes(features: NDArray[np.float32]) -> None:
    """Put changes of the intervals in, as :func:`wardbeat.ecg.features.atrial_beats.add_beat` does."""
    log_rr, known = features[:, :, LOG_RR], features[:, :, RR_KNOWN] > 0.0
    change = np.diff(log_rr, axis=1) * (known[:, 1:] & known[:, :-1])
    features[:, :, [CHANGE, NEXT_CHANGE, SIZE_OF_CHANGE]] = 0.0
    features[:, 1:, CHANGE] = features[:, :-1, NEXT_CHANGE] = CHANGE_SCALE * change
    features[:, 1:, SIZE_OF_CHANGE] = 2 * CHANGE_SCALE * np.minimum(np.abs(change), LARGEST_CHANGE)


def _record_labels(folder: Path) -> dict[str, str]:
    file = folder / RECORD_LABELS
    if not file.is_file():
        return {}
    with file.open(encoding="utf-8") as table:
        return {row[0]: row[1] for row in csv.reader(table) if row}


def fibrillation_shares(
    features: NDArray[np.float32], rhythms: Sequence[ReferenceRhythm], fs: float
) -> NDArray[np.float64]:
    """How much of each stretch is fibrillation, NaN where some of it is neither that nor its absence."""
    ends_s = asked_at_s("atrial", len(features)) - DECIDED_BEFORE_S
    spans_s = (USUAL_RR_S * np.exp(features[:, :, LOG_RR]) * features[:, :, PRESENT]).sum(axis=1)
    borders_s = np.array([rhythm.sample / fs for rhythm in rhythms] + [np.inf])
    shares = np.zeros(len(features))
    for rhythm, begin_s, end_s in zip(rhythms, borders_s, borders_s[1:], strict=False):
        overlap_s = np.minimum(ends_s, end_s) - np.maximum(ends_s - spans_s, begin_s)
        share = np.clip(overlap_s, 0.0, None) / np.maximum(spans_s, 1.0)
        if rhythm.rhythm in FLUTTER:
            shares[share > MOST_OTHER] = np.nan
        elif rhythm.rhythm == FIBRILLATION:
            shares += share
    return shares


def _draws(counts: NDArray[np.int64], settings: AtrialSettings) -> NDArray[np.int64]:
    """How many rows of records with so many are drawn in an epoch; a row stands for five seconds."""
    draws: NDArray[np.int64] = np.maximum(1, np.round(counts / 12 * settings.rows_a_minute)).astype(np.int64)
    return draws


def _drawn(rows: AtrialRows, settings: AtrialSettings, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Rows of one epoch, record by record."""
    records, counts = np.unique(rows.record, return_counts=True)
    for record, draws in zip(records, _draws(counts, settings), strict=True):
        yield random.choice(np.flatnonzero(rows.record == record), draws)


def _batches(rows: AtrialRows, settings: AtrialSettings, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    drawn = random.permutation(np.concatenate(list(_drawn(rows, settings, random))))
    for begin in range(0, max(1, len(drawn) - settings.batch + 1), settings.batch):
        yield drawn[begin : begin + settings.batch]
