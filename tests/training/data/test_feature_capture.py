"""The inputs of the feature networks over a record."""

from pathlib import Path

import numpy as np
import pytest

from models.inputs import ASKED_EVERY_S, INPUT_SHAPES
from tests.support.shipped_qrs import shipped_qrs
from training.data.capture import ConstantNetworks
from training.data.feature_capture import captured_features, row_times_s, write_features
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.ecg.io.records import open_record


@pytest.mark.slow
def test_rows_of_each_network_are_on_its_grid(tmp_path: Path) -> None:
    (tmp_path / "features").mkdir()
    with excerpts_folder() as folder:
        record = open_record(folder / "119")
        write_features(tmp_path / "features" / "119.npz", folder / "119", ConstantNetworks(shipped_qrs()))
    assert [path.name for path in (tmp_path / "features").iterdir()] == ["119.npz"], "no temporary file is left"
    for network, every_s in ASKED_EVERY_S.items():
        rows = captured_features(tmp_path, tmp_path / "119", network)
        assert rows.shape[1:] == INPUT_SHAPES[network]["features"]
        assert np.isfinite(rows).all()
        # The end of a stream adds one atrial row, which is not on the grid.
        assert record.duration_s - every_s - 2 < row_times_s(network, len(rows))[-1] <= record.duration_s + every_s


def test_the_first_row_comes_after_one_interval() -> None:
    assert row_times_s("atrial", 3).tolist() == [5.0, 10.0, 15.0]
