"""Causal filters of the signal path, as second-order sections at 250 Hz.

``DISPLAY_SOS`` makes what is shown and classified: 0.5–40 Hz is the monitoring bandwidth of bedside monitors
(IEC 60601-2-27). ``QRS_SOS`` keeps 8–20 Hz, where a QRS complex stands out of P, T, drift and muscle noise
(Elgendi 2013, doi:10.1371/journal.pone.0073557, found 8–20 Hz best over eleven databases).
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter

from wardbeat.messages import DISPLAY_FS_HZ

HIGH_PASS_HZ: Final = 0.5
LOW_PASS_HZ: Final = 40.0
QRS_BAND_HZ: Final = (8.0, 20.0)


def _sos(
    order: int, corner_hz: float | tuple[float, float], kind: Literal["lowpass", "highpass", "bandpass"]
) -> NDArray[np.float64]:
    return np.ascontiguousarray(butter(order, corner_hz, btype=kind, fs=DISPLAY_FS_HZ, output="sos"), dtype=np.float64)


DISPLAY_SOS: Final = np.vstack([_sos(2, HIGH_PASS_HZ, "highpass"), _sos(4, LOW_PASS_HZ, "lowpass")])
QRS_SOS: Final = _sos(2, QRS_BAND_HZ, "bandpass")
DISPLAY_DELAY: Final = 3
"""Samples by which the low-pass delays a QRS complex (2.6 at 10 Hz, rounded)."""
