"""The state of the QRS detector and the tuples that the kernels take."""

import numpy as np
import pytest

from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.qrs.detector import BLOCK_SAMPLES
from wardbeat.ecg.qrs.network import SECOND_SAMPLES, STEP_SAMPLES
from wardbeat.ecg.qrs.state import PEAKS_IN_BLOCK, RING_SAMPLES, new_qrs_state


@pytest.mark.parametrize("unit", [BLOCK_SAMPLES, SECOND_SAMPLES, 5 * SECOND_SAMPLES])
def test_the_ring_holds_whole_blocks_seconds_and_windows(unit: int) -> None:
    assert RING_SAMPLES % unit == 0


def test_a_block_has_room_for_all_its_peaks() -> None:
    """A peak takes a step to rise and a step to fall."""
    assert 2 * STEP_SAMPLES * PEAKS_IN_BLOCK >= BLOCK_SAMPLES


@pytest.mark.parametrize("n_leads", [1, 2, 12])
def test_a_new_state_has_a_row_a_lead_and_no_beat(n_leads: int) -> None:
    state = new_qrs_state(n_leads, (0, -1))
    for name in ("display_zi", "qrs_zi", "signal", "valid", "pulses", "squares", "levels", "runs"):
        assert len(getattr(state, name)) == n_leads, name
        assert not getattr(state, name).any(), name
    assert state.steps.shape[1] == 1 + n_leads
    assert (state.scalars["k"][0], state.scalars["beats"][0]) == (0, -1)


def test_the_tuples_hold_the_arrays_of_their_names_without_a_copy() -> None:
    """The kernels change the state in place, so a copy or two swapped arrays would lose or mix state."""
    state, network = new_qrs_state(2, (0, 1)), shipped_qrs()
    for name, array in state.arrays._asdict().items():
        assert array is getattr(state, name), name
    arrays = state.network_arrays
    assert arrays.leads is state.leads
    for name in ("layers", "biases", "head"):
        assert getattr(network.weights, name) is getattr(network, name), name
    for name in ("sizes", "window", "rings"):
        assert getattr(arrays, name) is getattr(state.network, name), name


def test_two_states_share_no_array() -> None:
    one, other = new_qrs_state(2, (0, 1)).arrays, new_qrs_state(2, (0, 1)).arrays
    assert not any(np.shares_memory(a, b) for a, b in zip(one, other, strict=True))
