"""Examples are of different patients, with the signal of their place."""

from pathlib import Path

import msgspec
import numpy as np

from tests.support.explored import record
from tests.support.records_on_disk import counting, write_record
from training.explore.annotation_facts import ExamplePlace
from training.explore.examples import BEATS, beat_examples, strip_examples
from training.explore.record_facts import RecordFacts
from training.explore.tables import RecordTable


def with_places(folder: Path, name: str, beats: list[int], rhythms: list[int]) -> RecordFacts:
    write_record(folder, counting(2, 5000), name=name, sig_name=["V5", "MLII"])
    facts = record(name, beats={"N": len(beats)}, rhythms_s={"(N": 10.0})
    assert facts.annotations is not None
    annotations = msgspec.structs.replace(
        facts.annotations,
        beat_places=[ExamplePlace("N", at) for at in beats],
        rhythm_places=[ExamplePlace("(N", at) for at in rhythms],
    )
    return msgspec.structs.replace(facts, path=folder / name, annotations=annotations)


def test_each_patient_has_one_before_any_has_two(tmp_path: Path) -> None:
    facts = [with_places(tmp_path, name, [500, 1000, 1500], []) for name in "abcd"]
    table = RecordTable(patients={"a": "one", "b": "one"})
    beats = beat_examples(facts, table, 0)["N"]
    assert len(beats) == BEATS
    first = [table.patients.get(beat.record, beat.record) for beat in beats[:3]]
    assert sorted(first) == ["c", "d", "one"]


def test_a_beat_is_cut_around_its_peak_in_the_limb_lead(tmp_path: Path) -> None:
    (beat,) = beat_examples([with_places(tmp_path, "a", [500], [])], RecordTable(), 0)["N"]
    assert (beat.lead, len(beat.t_s)) == ("MLII", 250)
    expected = counting(2, 5000)[1, 500] / 200.0
    assert beat.signal_mv[np.argmin(np.abs(beat.t_s))] == expected


def test_strips_are_of_rhythms_and_of_labels(tmp_path: Path) -> None:
    facts = [with_places(tmp_path, "a", [], [4000]), record("gone", problem="broken")]
    strips = strip_examples(facts, RecordTable("t", {"a": ("X",), "gone": ("X",)}), 0)
    assert {label: [strip.record for strip in of_label] for label, of_label in strips.items()} == {
        "X": ["a"],
        "(N": ["a"],
    }
    assert len(strips["X"][0].t_s) == 2500
    assert len(strips["(N"][0].t_s) == 1000, "up to the end of the record"
