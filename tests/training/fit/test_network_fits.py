"""The fits read their inputs from the work folder."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import INPUT_SHAPES
from training.data.capture import BeatRows, Captured, MissedRows, WindowRows, save_captured
from training.fit.work import FitPlan
from wardbeat.contracts.messages import DISPLAY_FS_HZ

pytestmark = pytest.mark.slow  # TensorFlow


def captured(n: int) -> Captured:
    beats = {name: np.full((n, *shape), n, np.float32) for name, shape in INPUT_SHAPES["beat"].items()}
    windows = {name: np.zeros((n, *shape), np.float32) for name, shape in INPUT_SHAPES["window"].items()}
    of_record, t_s = np.zeros(n, np.int32), np.arange(n, dtype=np.float64)
    flags = np.zeros(n, np.bool_)
    return Captured(
        BeatRows(beats, np.zeros(n, np.int8), of_record, t_s),
        WindowRows(windows, flags, ~flags, of_record, t_s),
        MissedRows(np.zeros(0, np.int8), np.zeros(0, np.int32), np.zeros(0)),
    )


def test_inputs_come_from_the_stages_of_the_work_folder(tmp_path: Path) -> None:
    from training.fit.network_fits import captured_records, captured_with_beats, resampled_beats

    for stage, name, n in (("captured", "a", 2), ("captured", "am", 3), ("captured_with_beats", "a", 4)):
        (tmp_path / stage).mkdir(exist_ok=True)
        save_captured(tmp_path / stage / f"{name}.npz", captured(n))
    paths = [Path("records/a")]
    assert len(captured_records(tmp_path, paths).beats.label) == 2
    resampled = resampled_beats(tmp_path, [*paths, Path("records/b")])
    assert resampled is not None
    assert len(resampled.label) == 3
    assert len(captured_with_beats(tmp_path, paths).windows.normal) == 4
    assert resampled_beats(tmp_path, [Path("records/b")]) is None


def test_there_is_a_fit_for_each_folder_of_networks_and_noise_repeats_with_the_seed() -> None:
    from training.fit.network_fits import FITS, noise_for
    from training.fit.work import STAGES

    assert set(FITS) <= {name for names in STAGES.values() for name in names}
    first, again, other = (noise_for(FitPlan([], seed=seed), DISPLAY_FS_HZ) for seed in (1, 1, 2))
    assert np.array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])
