"""The LSTM; needs TensorFlow."""

from pathlib import Path

import pytest

from tests.support.network_contract import NetworkContract
from tests.support.study_networks import TOY_SEQUENCE, WIDTH, Shapes, served_difference

pytestmark = pytest.mark.slow


class TestLstm(NetworkContract):
    name = "lstm"
    parameters = 89_000
    toy = TOY_SEQUENCE

    def taken(self, shapes: Shapes) -> list[str]:
        return [name for name in ("sequence" if "sequence" in shapes else "signal", "features") if name in shapes]

    def test_the_served_form_over_a_sequence_answers_the_same(self, tmp_path: Path) -> None:
        assert served_difference(self.build(TOY_SEQUENCE, width=WIDTH), tmp_path) < 1e-5
