"""Fits the atrial network and its forest, which detect atrial fibrillation, on the same beats."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras
import lightgbm
import msgspec
import numpy as np
from numpy.typing import NDArray

from models.atrial import build_atrial_network
from training.data.challenge_2017 import read_record_rhythms
from training.data.feature_capture import captured_features, row_times_s
from training.fit.loop import EpochIterator, fit_epochs, fit_progress
from training.fit.networks.forest import ForestParameters, fit_forest
from training.fit.seeds import seed_everything
from training.progress import Progress
from wardbeat.ecg.features.atrial_beats import (
    BEATS,
    CHANGE,
    CHANGE_SCALE,
    CHANGE_SIZE,
    LOG_RR,
    MAX_CHANGE,
    MIN_RR_S,
    NEXT_CHANGE,
    P_N,
    P_S,
    P_V,
    P_WAVE_CORRELATION,
    PRESENT,
    REFERENCE_RR_S,
    RR_KNOWN,
    WAVEFORM,
)
from wardbeat.ecg.features.atrial_measures import atrial_measures
from wardbeat.ecg.io.annotations import read_rhythms
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.errors import TrainingError

FIBRILLATION = "(AFIB"
FLUTTER = frozenset({"(AFL", "(VFL", "(VF", "(VFIB", "(NOISE"})
"""Rhythms that are examples of neither class; stretches with them are left out."""
MOST_OTHER, LEAST_FIBRILLATION = 0.1, 0.7
"""A stretch is negative up to the first proportion of fibrillation, and positive from the second on."""
DECIDED_AFTER_S = 1.5
"""A beat is complete this long after its R peak."""
LEAST_BEATS = 4
LATER, LEAST_KEPT = 0.6, 6
"""Proportion of the stretches that lose their first beats, and the least number of beats that remain."""
ECTOPIC = 0.3
"""Proportion of the stretches that get ventricular beats."""
TREE_L2 = 5.0
"""L2 penalty of the leaves of a tree."""


class AtrialSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the network and the forest.

    Attributes
    ----------
    epochs, batch : int
    rows_a_minute : float
        Stretches per minute of a record in each epoch; at least one for each record.
    learning_rate, weight_decay, dropout : float
    fibrillation_weight : float
        Weight of a positive stretch; a negative one has the weight 1. One record in ten is positive.
    rounds, leaves, tree_rate, share_of_features, share_of_rows : int, float
        Number of trees; leaves, learning rate and proportions of the features and rows of each tree.
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
    """Stretches of beats: features, whether the atria fibrillate, index of the record."""

    features: NDArray[np.float32]
    label: NDArray[np.bool_]
    record: NDArray[np.int32]


def atrial_rows(work: Path, paths: Sequence[Path]) -> AtrialRows:
    """The stretches of records whose reference is fibrillation or another rhythm.

    Raises
    ------
    TrainingError
        If no record has such a reference.
    """
    tables = {folder: read_record_rhythms(folder) for folder in {path.parent for path in paths}}
    parts = []
    for index, path in enumerate(paths):
        name = tables[path.parent].get(path.name)
        rhythms = [] if name or not path.with_suffix(".atr").is_file() else read_rhythms(path)
        if name in (None, "~") and not rhythms:
            continue
        features = captured_features(work, path, "atrial")
        proportion = (
            np.full(len(features), float(name == "A"))
            if name
            else fibrillation_proportions(features, rhythms, open_record(path).fs)
        )
        known = (proportion <= MOST_OTHER) | (proportion >= LEAST_FIBRILLATION)
        known &= features[:, :, PRESENT].sum(axis=1) >= LEAST_BEATS
        parts.append((features[known], proportion[known] >= LEAST_FIBRILLATION, np.full(known.sum(), index, np.int32)))
    if not parts:
        raise TrainingError("rhythms: no record has a reference for atrial fibrillation; name challenge-2017 or mitdb")
    return AtrialRows(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit_atrial_network(
    rows: AtrialRows, *, settings: AtrialSettings, seed: int, progress: Progress, backup: Path | None = None
) -> keras.Model:
    """Fit the network; ``backup`` is the folder for the state after each epoch: an interrupted fit resumes from it."""
    seed_everything(seed)
    n = sum(len(sampled) for sampled in _sample_epoch(rows, settings, np.random.default_rng(seed)))
    steps = max(1, n // settings.batch)
    network = build_atrial_network(settings.dropout)
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, settings.epochs * steps)
    optimizer = keras.optimizers.AdamW(schedule, settings.weight_decay, use_ema=True, ema_momentum=0.99)
    network.compile(optimizer, loss="sparse_categorical_crossentropy")
    fit_epochs(
        network,
        EpochIterator(lambda epoch: _batches(rows, settings, np.random.default_rng([seed, epoch])), steps),
        settings.epochs,
        progress=fit_progress(progress, "atrial network", settings.epochs),
        backup=backup,
    )
    network.optimizer.finalize_variable_values(network.trainable_variables)
    return network


def fit_atrial_forest(rows: AtrialRows, *, settings: AtrialSettings, seed: int) -> lightgbm.Booster:
    """Fit the forest; each record has the same weight as in the sampling for the network."""
    measures = np.stack([atrial_measures(features) for features in rows.features])
    _, of_record, counts = np.unique(rows.record, return_inverse=True, return_counts=True)
    weights = _rows_per_epoch(counts, settings)[of_record] / counts[of_record]
    parameters = ForestParameters(
        rounds=settings.rounds,
        leaves=settings.leaves,
        learning_rate=settings.tree_rate,
        feature_fraction=settings.share_of_features,
        row_fraction=settings.share_of_rows,
        l2=TREE_L2,
    )
    return fit_forest(measures, rows.label.astype(np.int8), weights / weights.mean(), parameters, seed)


def augment_stretches(features: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Augment stretches of beats.

    They start later, are inverted, larger or noisier, have another heart rate, or get ventricular beats. Few records
    have both ventricular beats and fibrillation, although a patient with one may well have the other.
    """
    augmented = features.copy()
    n = len(augmented)
    n_present = augmented[:, :, PRESENT].sum(axis=1).astype(int)
    kept = np.where(random.random(n) < LATER, random.integers(LEAST_KEPT, BEATS + 1, n), BEATS)
    augmented[np.arange(BEATS) < (BEATS - np.minimum(kept, n_present))[:, None]] = 0.0
    present = augmented[:, :, PRESENT]
    scale = np.exp(random.normal(0.0, 0.15, n)) * np.where(random.random(n) < 0.5, -1.0, 1.0)
    noise_mean = random.exponential(0.01, n)
    waves = augmented[:, :, :WAVEFORM]
    noise = random.normal(0.0, 1.0, waves.shape) * noise_mean[:, None, None]
    augmented[:, :, :WAVEFORM] = (waves * scale[:, None, None] + noise) * present[:, :, None]
    augmented[:, :, LOG_RR] += random.normal(0.0, 0.15, n)[:, None] * augmented[:, :, RR_KNOWN]
    ectopic = np.where(random.random(n) < ECTOPIC, random.uniform(0.05, 0.4, n), 0.0)
    _make_ventricular(augmented, (random.random(present.shape) < ectopic[:, None]) & (present > 0.0), random)
    _update_changes(augmented)
    return augmented


def _make_ventricular(features: NDArray[np.float32], chosen: NDArray[np.bool_], random: np.random.Generator) -> None:
    """Turn some beats into early ventricular beats; the beats after them keep their times."""
    early = random.uniform(0.5, 0.9, chosen.shape) * chosen + ~chosen
    rr = np.exp(features[:, :, LOG_RR])
    lost = rr * (1.0 - early)
    lost[:, 1:] -= lost[:, :-1].copy()
    changed = np.log(np.maximum(rr - lost, MIN_RR_S / REFERENCE_RR_S))
    features[:, :, LOG_RR] = np.where(features[:, :, RR_KNOWN] > 0.0, changed, 0.0)
    features[chosen, P_N], features[chosen, P_S] = 0.05, 0.02
    features[chosen, P_V] = random.uniform(0.6, 1.0, chosen.sum())
    features[chosen, :WAVEFORM] += random.normal(0.0, 0.1, (chosen.sum(), 1)) * np.linspace(-1.0, 1.0, WAVEFORM)
    features[chosen, P_WAVE_CORRELATION] *= random.uniform(-1.0, 1.0, chosen.sum())


def _update_changes(features: NDArray[np.float32]) -> None:
    """Compute the changes of the RR intervals again, as :func:`wardbeat.ecg.features.atrial_beats.add_beat` does."""
    log_rr, known = features[:, :, LOG_RR], features[:, :, RR_KNOWN] > 0.0
    change = np.diff(log_rr, axis=1) * (known[:, 1:] & known[:, :-1])
    features[:, :, [CHANGE, NEXT_CHANGE, CHANGE_SIZE]] = 0.0
    features[:, 1:, CHANGE] = features[:, :-1, NEXT_CHANGE] = CHANGE_SCALE * change
    features[:, 1:, CHANGE_SIZE] = 2 * CHANGE_SCALE * np.minimum(np.abs(change), MAX_CHANGE)


def fibrillation_proportions(
    features: NDArray[np.float32], rhythms: Sequence[ReferenceRhythm], fs: float
) -> NDArray[np.float64]:
    """The proportion of fibrillation in each stretch; NaN for a stretch with a rhythm of ``FLUTTER``."""
    ends_s = row_times_s("atrial", len(features)) - DECIDED_AFTER_S
    durations_s = (REFERENCE_RR_S * np.exp(features[:, :, LOG_RR]) * features[:, :, PRESENT]).sum(axis=1)
    borders_s = np.array([rhythm.sample / fs for rhythm in rhythms] + [np.inf])
    proportions = np.zeros(len(features))
    for rhythm, begin_s, end_s in zip(rhythms, borders_s, borders_s[1:], strict=False):
        overlap_s = np.minimum(ends_s, end_s) - np.maximum(ends_s - durations_s, begin_s)
        overlap = np.clip(overlap_s, 0.0, None) / np.maximum(durations_s, 1.0)
        if rhythm.rhythm in FLUTTER:
            proportions[overlap > MOST_OTHER] = np.nan
        elif rhythm.rhythm == FIBRILLATION:
            proportions += overlap
    return proportions


def _rows_per_epoch(counts: NDArray[np.int64], settings: AtrialSettings) -> NDArray[np.int64]:
    """The number of rows of each record in an epoch, from its number of rows; a row stands for 5 s."""
    n_rows: NDArray[np.int64] = np.maximum(1, np.round(counts / 12 * settings.rows_a_minute)).astype(np.int64)
    return n_rows


def _sample_epoch(
    rows: AtrialRows, settings: AtrialSettings, random: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Row indexes of one epoch, record by record."""
    records, counts = np.unique(rows.record, return_counts=True)
    for record, n_rows in zip(records, _rows_per_epoch(counts, settings), strict=True):
        yield random.choice(np.flatnonzero(rows.record == record), n_rows)


def _batches(rows: AtrialRows, settings: AtrialSettings, random: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Inputs, labels and weights of the batches of an epoch; an incomplete last batch is left out."""
    sampled = random.permutation(np.concatenate(list(_sample_epoch(rows, settings, random))))
    for begin in range(0, max(1, len(sampled) - settings.batch + 1), settings.batch):
        at = sampled[begin : begin + settings.batch]
        inputs = {"features": augment_stretches(rows.features[at], random)}
        yield inputs, rows.label[at].astype(np.int32), np.where(rows.label[at], settings.fibrillation_weight, 1.0)
