"""The table of inputs and outputs that networks and monitor have in common."""

import math

import pytest

from models import inputs
from models.inputs import INPUT_SHAPES, OUTPUT_SHAPES
from processors.monitor import signal_path
from wardbeat.contracts.messages import DISPLAY_FS_HZ, SYMBOLS
from wardbeat.ecg.features import atrial_beats, baseline, beat_state
from wardbeat.ecg.features.baseline import new_baseline


@pytest.mark.parametrize(
    "names",
    [
        inputs.BEAT_FEATURES,
        inputs.WINDOW_FEATURES,
        inputs.VENTRICULAR_FEATURES,
        inputs.ATRIAL_FEATURES,
        inputs.ATRIAL_MEASURES,
        inputs.VENTRICULAR_CLASSES,
        inputs.ATRIAL_CLASSES,
    ],
)
def test_every_feature_and_class_has_a_name_of_its_own(names: tuple[str, ...]) -> None:
    assert len(set(names)) == len(names)


def test_every_network_has_inputs_and_outputs_of_a_fixed_size() -> None:
    assert set(INPUT_SHAPES) == set(OUTPUT_SHAPES)
    for shapes in (*INPUT_SHAPES.values(), *OUTPUT_SHAPES.values()):
        assert shapes
        assert all(math.prod(shape) > 0 for shape in shapes.values())


def test_the_shapes_follow_from_the_named_features() -> None:
    assert INPUT_SHAPES["beat"]["waveform"] == (beat_state.LENGTH, inputs.BEAT_CHANNELS)
    assert INPUT_SHAPES["beat"]["context"] == (beat_state.SEQUENCE, len(inputs.BEAT_FEATURES))
    assert INPUT_SHAPES["ventricular"]["features"] == (len(inputs.VENTRICULAR_FEATURES),)
    assert INPUT_SHAPES["atrial"]["features"] == (atrial_beats.BEATS, atrial_beats.COLUMNS)
    assert OUTPUT_SHAPES["beat"]["probabilities"] == (len(SYMBOLS),)
    assert inputs.WINDOW_SAMPLES == inputs.WINDOW_S * inputs.NETWORK_FS_HZ


def test_the_monitor_has_a_whole_number_of_samples_for_each_of_the_networks() -> None:
    assert DISPLAY_FS_HZ % inputs.NETWORK_FS_HZ == 0
    assert signal_path.WINDOW * inputs.NETWORK_FS_HZ == inputs.WINDOW_SAMPLES * DISPLAY_FS_HZ


def test_the_baseline_is_known_before_it_begins_to_forget() -> None:
    assert 0 < inputs.BASELINE_FROM_S < baseline.MEMORY_S
    over_baseline = [name for name in inputs.VENTRICULAR_FEATURES if name.endswith("_over_baseline")]
    assert inputs.VENTRICULAR_FEATURES[-1] == "baseline_s"
    assert new_baseline(len(over_baseline)).mean.shape == (len(over_baseline),)


def test_requests_fall_on_whole_seconds_and_only_for_networks_with_features() -> None:
    assert set(inputs.ASKED_EVERY_S) == {name for name, shapes in INPUT_SHAPES.items() if "features" in shapes}
    assert all(isinstance(seconds, int) and seconds > 0 for seconds in inputs.ASKED_EVERY_S.values())
