"""The networks of twelve leads: what they take of a record, and what they make of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.class_probabilities import probabilities_of
from models.classify.twelve_lead import (
    LeadGraph,
    LeadQuestion,
    TwelveLeadClassifier,
    cut_windows,
    mean_logits,
    network_signal,
    resampled,
    without_gaps,
)
from models.classify.twelve_lead_order import STANDARD_LEADS
from tests.support.classify_bundles import (
    RHYTHM_NAMES,
    SUPERCLASS_NAMES,
    linear_graph,
    twelve_lead_manifest,
    write_twelve_lead_bundle,
)
from wardbeat.errors import BundleError, RecordError


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> TwelveLeadClassifier:
    return TwelveLeadClassifier.load(write_twelve_lead_bundle(tmp_path_factory.mktemp("bundle") / "twelve_lead"))


def record(seconds: float = 10.0, fs_hz: float = 100.0) -> NDArray[np.float64]:
    """Waves of another frequency and height in each lead."""
    time_s = np.arange(round(seconds * fs_hz)) / fs_hz
    return np.stack([0.1 * lead * np.sin(2 * np.pi * lead * time_s) for lead in range(1, 13)])


def test_an_answer_has_a_probability_for_each_class(classifier: TwelveLeadClassifier) -> None:
    answer = classifier.answer(record(), STANDARD_LEADS, 100.0)
    assert tuple(answer.superclasses) == SUPERCLASS_NAMES
    assert answer.rhythm is not None
    assert tuple(answer.rhythm) == RHYTHM_NAMES
    assert sum(answer.rhythm.values()) == pytest.approx(1.0)
    assert answer.abnormal == 1.0 - answer.superclasses["NORM"]
    above = {name for name, value in answer.superclasses.items() if value >= 0.5}
    assert set(answer.found) == above
    assert sorted(answer.found, key=lambda name: -answer.superclasses[name]) == list(answer.found)


def test_the_order_of_the_leads_makes_no_difference(classifier: TwelveLeadClassifier) -> None:
    backwards = classifier.answer(record()[::-1], STANDARD_LEADS[::-1], 100.0)
    assert backwards == classifier.answer(record(), STANDARD_LEADS, 100.0)


def test_what_follows_the_first_ten_seconds_makes_no_difference(classifier: TwelveLeadClassifier) -> None:
    longer = np.concatenate([record(), 3 * record()], axis=1)
    assert classifier.answer(longer, STANDARD_LEADS, 100.0) == classifier.answer(record(), STANDARD_LEADS, 100.0)


@pytest.mark.parametrize("fs_hz", [100.5, 128.0, 250.0, 257.0, 360.0, 500.0, 1000.0])
def test_the_rate_of_the_record_makes_little_difference(fs_hz: float) -> None:
    manifest = twelve_lead_manifest()
    wanted = network_signal(manifest, record(), STANDARD_LEADS, 100.0)
    given_signal = network_signal(manifest, record(fs_hz=fs_hz), STANDARD_LEADS, fs_hz)
    assert given_signal.shape == wanted.shape == (1000, 12)
    middle = slice(100, 900)  # a filter that ends with the record is another one there
    assert np.abs(given_signal - wanted)[middle].max() < 0.1


def test_millivolts_are_limited_and_standardised_by_lead() -> None:
    manifest = twelve_lead_manifest(mean_mv=(1.0,) * 12, std_mv=(2.0,) * 12)
    signal = network_signal(manifest, np.full((12, 1000), 9.0), STANDARD_LEADS, 100.0)
    assert np.all(signal == (5.0 - 1.0) / 2.0)


def test_a_short_gap_is_filled_and_a_long_one_refused() -> None:
    manifest = twelve_lead_manifest()
    signal = np.tile(np.arange(1000) / 1000, (12, 1))
    signal[3, 200:260] = np.nan
    filled = network_signal(manifest, signal, STANDARD_LEADS, 100.0)
    assert np.allclose(filled[:, 3], filled[:, 0], atol=1e-6)
    signal[3, 200:310] = np.nan
    with pytest.raises(RecordError, match="lead aVR: 11 % of the first 10 s is invalid, at most 10 % may be"):
        network_signal(manifest, signal, STANDARD_LEADS, 100.0)


def test_a_record_that_is_too_short_or_lacks_a_lead_is_refused(classifier: TwelveLeadClassifier) -> None:
    with pytest.raises(RecordError, match=r"need 10 s, the record has 9\.9"):
        classifier.answer(record(9.9), STANDARD_LEADS, 100.0)
    with pytest.raises(RecordError, match="the record has no V6"):
        classifier.answer(record()[:11], STANDARD_LEADS[:11], 100.0)


@given(st.lists(st.booleans(), min_size=2, max_size=60).filter(any))
def test_a_line_stays_a_line_whatever_is_missing_inside(valid: list[bool]) -> None:
    line = np.arange(len(valid), dtype=np.float64)
    gaps = np.where(valid, line, np.nan)[None]
    first, last = valid.index(True), len(valid) - 1 - valid[::-1].index(True)
    assert np.allclose(without_gaps(gaps)[0], np.clip(line, first, last))


@given(st.integers(50, 1000), st.integers(2, 12))
def test_resampling_gives_the_length_that_is_asked_for(fs_hz: int, seconds: int) -> None:
    assert resampled(np.ones((1, fs_hz * seconds)), fs_hz, 100.0, 100 * seconds).shape == (1, 100 * seconds)


def test_windows_are_evenly_spaced_and_reach_the_end() -> None:
    signal = np.arange(1000, dtype=np.float32)[:, None]
    cut = cut_windows(signal, LeadGraph("a", 250, 7))
    assert cut.shape == (7, 250, 1)
    assert cut[:, 0, 0].tolist() == [0, 125, 250, 375, 500, 625, 750]
    assert cut_windows(signal, LeadGraph("a", 1000, 1)).shape == (1, 1000, 1)


@given(st.lists(st.lists(st.floats(-8, 8), min_size=3, max_size=3), min_size=1, max_size=5), st.booleans())
def test_the_logits_of_windows_give_back_their_mean_probability(rows: list[list[float]], exclusive: bool) -> None:
    logits = np.array(rows, np.float32)
    mean = probabilities_of(logits, exclusive=exclusive).mean(axis=0)
    again = probabilities_of(mean_logits(logits, exclusive=exclusive), exclusive=exclusive)
    assert np.allclose(again, mean, atol=1e-5)


def test_a_question_with_two_graphs_is_answered_by_the_mean_of_their_logits(tmp_path: Path) -> None:
    body = (write_twelve_lead_bundle(tmp_path / "bundle") / "super.onnx").read_bytes()
    seven, three = LeadGraph("seven.onnx", 250, 7), LeadGraph("three.onnx", 250, 3)
    logits = []
    for graphs in ((seven,), (three,), (seven, three)):
        question = LeadQuestion(SUPERCLASS_NAMES, False, (0.5,) * 5, graphs)
        manifest = twelve_lead_manifest(questions={"superclasses": question})
        made = TwelveLeadClassifier(manifest, {graph.file: body for graph in graphs}, "here")
        answered = np.array(list(made.answer(record(), STANDARD_LEADS, 100.0).superclasses.values()))
        logits.append(np.log(answered / (1 - answered)))
    assert not np.allclose(logits[0], logits[1], atol=1e-3)
    assert np.allclose(logits[2], (logits[0] + logits[1]) / 2, atol=1e-6)


def test_abnormal_may_have_its_own_graph_and_rhythm_none(tmp_path: Path) -> None:
    folder = write_twelve_lead_bundle(tmp_path / "bundle")
    linear_graph(tmp_path / "a.onnx", (250, 12), {"logits": (np.zeros((3000, 1)), "Identity")}, "signal")
    questions = {
        "superclasses": twelve_lead_manifest().questions["superclasses"],
        "abnormal": LeadQuestion(("abnormal",), False, (0.5,), (LeadGraph("a.onnx", 250, 7),)),
    }
    graphs = {"super.onnx": (folder / "super.onnx").read_bytes(), "a.onnx": (tmp_path / "a.onnx").read_bytes()}
    answer = TwelveLeadClassifier(twelve_lead_manifest(questions=questions), graphs, "here").answer(
        record(), STANDARD_LEADS, 100.0
    )
    assert answer.abnormal == pytest.approx(0.5)
    assert answer.rhythm is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": 9}, "format version is 9"),
        ({"std_mv": (1.0,)}, "differ in length"),
        ({"questions": {}}, "needs a question superclasses with a class NORM"),
        (
            {"questions": {"superclasses": LeadQuestion(("NORM", "MI"), False, (0.5,), (LeadGraph("a", 1, 1),))}},
            "needs a threshold for each class",
        ),
    ],
)
def test_a_bundle_that_can_not_be_used_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    folder = write_twelve_lead_bundle(tmp_path / "bundle")
    with pytest.raises(BundleError, match=message):
        TwelveLeadClassifier(twelve_lead_manifest(**changes), {"super.onnx": (folder / "super.onnx").read_bytes()}, "x")


def test_without_a_bundle_the_message_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json can't be read .*; `make study` fits"):
        TwelveLeadClassifier.load(tmp_path)


def test_a_changed_graph_is_refused(tmp_path: Path) -> None:
    folder = write_twelve_lead_bundle(tmp_path / "bundle")
    (folder / "super.onnx").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"super\.onnx is not the file"):
        TwelveLeadClassifier.load(folder)
