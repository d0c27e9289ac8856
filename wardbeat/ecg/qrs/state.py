"""The state of the QRS detector: what a snapshot stores, and the same arrays as the compiled kernels take them."""

from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.filters import DISPLAY_SOS, QRS_SOS
from wardbeat.ecg.qrs import pace_pulses
from wardbeat.ecg.qrs.levels import ENERGY_SAMPLES, N_LEVELS, N_RUNS
from wardbeat.ecg.qrs.network import PROBABILITY_RING, NetworkState, new_network_state

RING_SAMPLES = 3750
"""Filtered samples that are kept: 15 s, a whole number of blocks, seconds and windows, so that each lies in a row."""
PEAKS_IN_BLOCK = 5
"""A peak of the score takes two of a block's ten steps."""
STEP_RING = 32
"""Steps whose energies are kept."""
FUSED, LEAD_0 = 0, 1
"""Columns of ``QrsState.steps``: the fused energy over the QRS level, then the energy of each lead in mV."""
R, SCORE, ENERGY, BLOCKED = range(4)
"""Columns of ``QrsState.found``."""

_SCALARS = np.dtype(
    [
        ("k", "i8"),  # 250 Hz samples taken so far
        ("beats", "i8"),  # found so far; < 0 until the first levels are known
        ("last_peak", "i8"),  # sample at which the score of the last QRS complex peaked
        ("last_r", "i8"),  # the last R peak in the output
        ("step_energy", "f8"),  # largest fused energy of the step so far
        ("rising", "i8"),  # 1 while a peak of the score is followed
        ("height", "f8"),  # highest score of that peak
        ("peak", "i8"),  # its sample
        ("energy", "f8"),  # the fused energy in it
        ("blocked", "i8"),  # 1 if that peak is within the refractory time
        ("previous", "f8"),  # score of the step before
        ("found", "i8"),  # peaks in the block so far
    ]
)


class DetectorArrays(NamedTuple):
    """The arrays of a :class:`QrsState` that the detector's kernels change."""

    scalars: NDArray[np.void]
    display_zi: NDArray[np.float64]
    qrs_zi: NDArray[np.float64]
    signal: NDArray[np.float32]
    valid: NDArray[np.uint8]
    pulses: NDArray[np.float64]
    squares: NDArray[np.float64]
    levels: NDArray[np.float64]
    runs: NDArray[np.int64]
    steps: NDArray[np.float64]
    network_p: NDArray[np.float32]
    found: NDArray[np.float64]


class NetworkArrays(NamedTuple):
    """The leads that the QRS network takes, and what it carries from sample to sample."""

    leads: NDArray[np.int64]
    sizes: NDArray[np.float64]
    window: NDArray[np.float32]
    rings: NDArray[np.float32]


class QrsState(msgspec.Struct, dict=True):
    """State of one session's filters and detector.

    Arrays have a row a lead. Rings hold sample ``k`` at ``k`` modulo ``RING_SAMPLES``.
    """

    leads: NDArray[np.int64]
    """The two leads that the network takes; −1 is none."""
    scalars: NDArray[np.void]
    display_zi: NDArray[np.float64]
    qrs_zi: NDArray[np.float64]
    signal: NDArray[np.float32]
    valid: NDArray[np.uint8]
    pulses: NDArray[np.float64]
    """Rings of the last input without pace pulses."""
    squares: NDArray[np.float64]
    levels: NDArray[np.float64]
    """The columns are named in :mod:`wardbeat.ecg.qrs.levels`."""
    runs: NDArray[np.int64]
    """The columns are named in :mod:`wardbeat.ecg.qrs.levels`."""
    steps: NDArray[np.float64]
    """Ring of the last ``STEP_RING`` steps: column ``FUSED``, then from ``LEAD_0`` on one for each lead."""
    network_p: NDArray[np.float32]
    """Ring of the probabilities of the last ``PROBABILITY_RING`` steps."""
    network: NetworkState
    found: NDArray[np.float64]
    """Peaks of the block so far, ``scalars["found"]`` of them: columns ``R`` to ``BLOCKED``."""

    @cached_property
    def arrays(self) -> DetectorArrays:
        """The detector's arrays as the kernels take them; not copied, and no part of a snapshot."""
        return DetectorArrays(*(getattr(self, name) for name in DetectorArrays._fields))

    @cached_property
    def network_arrays(self) -> NetworkArrays:
        """The state of the QRS network as the kernels take it; not copied, and no part of a snapshot."""
        return NetworkArrays(self.leads, self.network.sizes, self.network.window, self.network.rings)


def new_qrs_state(n_leads: int, leads: tuple[int, int]) -> QrsState:
    """The state at the start of a session.

    Parameters
    ----------
    n_leads : int
    leads : tuple of int
        The two leads that the network takes; −1 is none.
    """
    scalars = np.zeros(1, dtype=_SCALARS)
    scalars["beats"] = -1
    return QrsState(
        leads=np.array(leads, dtype=np.int64),
        scalars=scalars,
        display_zi=np.zeros((n_leads, len(DISPLAY_SOS), 2)),
        qrs_zi=np.zeros((n_leads, len(QRS_SOS), 2)),
        signal=np.zeros((n_leads, RING_SAMPLES), dtype=np.float32),
        valid=np.zeros((n_leads, RING_SAMPLES), dtype=np.uint8),
        pulses=np.zeros((n_leads, pace_pulses.RING)),
        squares=np.zeros((n_leads, ENERGY_SAMPLES)),
        levels=np.zeros((n_leads, N_LEVELS)),
        runs=np.zeros((n_leads, N_RUNS), dtype=np.int64),
        steps=np.zeros((STEP_RING, LEAD_0 + n_leads)),
        network_p=np.zeros(PROBABILITY_RING, dtype=np.float32),
        network=new_network_state(),
        found=np.zeros((PEAKS_IN_BLOCK, 4)),
    )
