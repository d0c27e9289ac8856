"""The public pictures: their table, and the beats that they show."""

from pathlib import Path

import pytest

from training.data.pictures.beats import SYMBOLS, annotated
from training.data.pictures.examples import read_examples, read_picture, traced_beats


def test_a_folder_without_the_table_has_no_pictures(tmp_path: Path) -> None:
    assert read_examples(tmp_path) == []


def test_a_picture_is_known_by_its_folder_and_by_its_beat(shared_data: Path) -> None:
    examples = read_examples(shared_data / "beat-images")
    assert len(examples) == 2400
    in_atrial = [one for one in examples if one.folder == "Premature Atrial Contraction"]
    assert sum(one.beat == "paced" for one in in_atrial) == 363
    assert read_picture(examples[0]).shape == (128, 192)


@pytest.mark.slow
def test_each_picture_is_traced_to_beats_of_its_record(shared_data: Path) -> None:
    examples = [one for one in read_examples(shared_data / "beat-images") if (one.record, one.beat) == ("104", "paced")]
    traced = traced_beats(examples, shared_data / "mitdb")
    samples = traced["104", "paced"]
    assert samples <= {one.sample for one in annotated(shared_data / "mitdb" / "104", SYMBOLS) if one.beat == "paced"}
    assert len(examples) <= len(samples) <= 2 * len(examples), "no two pictures show the same beat"
