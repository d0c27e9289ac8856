"""Causal filters of the signal path, as second-order sections at 250 Hz.

``DISPLAY_SOS`` makes the signal for screens and networks: 0.5–40 Hz is the monitoring bandwidth of bedside monitors
(IEC 60601-2-27). ``QRS_SOS`` keeps 8–20 Hz, the band in which a QRS complex is larger than P, T, drift and muscle noise
(Elgendi 2013, doi:10.1371/journal.pone.0073557, found 8–20 Hz best over eleven databases).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

HIGH_PASS_HZ: Final = 0.5
LOW_PASS_HZ: Final = 40.0
QRS_BAND_HZ: Final = (8.0, 20.0)

# Butterworth filters as scipy.signal.butter designs them for these corners; a test compares the two. To import scipy
# for this alone took a fifth of a worker's start, and a worker may start to take over the patients of a dead worker.
DISPLAY_SOS: Final[NDArray[np.float64]] = np.array(
    [
        [0.991153595101663, -1.982307190203326, 0.991153595101663, 1.0, -1.9822289297925284, 0.9823854506141251],
        [0.02287020771629096, 0.04574041543258192, 0.02287020771629096, 1.0, -0.602033202257445, 0.12355934398734861],
        [1.0, 2.0, 1.0, 1.0, -0.8099502989391327, 0.5115897646941701],
    ]
)
QRS_SOS: Final[NDArray[np.float64]] = np.array(
    [
        [0.01865039622783501, 0.03730079245567002, 0.01865039622783501, 1.0, -1.578566032345656, 0.753861662088934],
        [1.0, -2.0, 1.0, 1.0, -1.819001887111012, 0.8659914626757202],
    ]
)
DISPLAY_DELAY: Final = 3
"""Samples by which the low-pass delays a QRS complex (2.6 at 10 Hz, rounded)."""
