"""Inputs and outputs of the networks: names, shapes, units.

The monitor makes the inputs and the networks of a bundle take them. Training captures them from the same monitor.

=========  ==================  ==============  =====================================================================
network    array               shape a row     content
=========  ==================  ==============  =====================================================================
``beat``   ``waveform`` in     (131, 4)        125 Hz, −0.6…+0.44 s around the R peak: two leads over the patient's
                                               QRS amplitude, then their differences from the dominant beat
``beat``   ``context`` in      (24, 28)        ``BEAT_FEATURES`` of the last 23 beats up to the classified one (row 22)
                                               and of the beat after it (row 23); rows without a beat are 0
``beat``   ``probabilities``   (5,)            N S V F Q, sums to 1
``window`` ``signal`` in       (625, 2)        125 Hz, 5 s, two leads over the patient's QRS amplitude
``window`` ``dominant`` in     (625, 2)        the patient's dominant beat at each R peak, over the same amplitude
``window`` ``log_rr`` in       (625, 1)        logarithm of the RR interval up to the next R peak over the patient's
                                               dominant one
``window`` ``context`` in      (8,)            ``WINDOW_FEATURES``
``window`` ``p_abnormal``      (1,)            calibrated probability that the window is not normal rhythm
``window`` ``reconstruction_error``  (1,)      distance of signal and rhythm from the autoencoder's output: 0 in the
                                               median of normal windows, 1 in one of a thousand
``window`` ``reconstruction``  (625, 2)        the autoencoder's reconstruction of ``signal``
``ventricular`` ``features`` in  (n,)          ``VENTRICULAR_FEATURES`` of the last seconds
``ventricular`` ``probabilities``  (2,)        ``VENTRICULAR_CLASSES``, sums to 1
``atrial`` ``features`` in  (48, 48)           the last 48 beats, newest last: −600…−56 ms of the limb lead at 62.5 Hz
                                               over the QRS amplitude, then ``ATRIAL_FEATURES``; 0 without a beat
``atrial`` ``measures`` in     (72,)           ``ATRIAL_MEASURES`` of these beats
``atrial`` ``probabilities``  (2,)             ``ATRIAL_CLASSES``, sums to 1
=========  ==================  ==============  =====================================================================

All arrays are float32. Lead 0 is the limb lead most similar to lead II, lead 1 a precordial one, chosen by name; if a
patient has one lead, the other is zero.
"""

from wardbeat.ecg.features import atrial_beats, ventricular
from wardbeat.ecg.features.atrial_measures import MEASURES
from wardbeat.ecg.features.runs import RUN_FEATURES

NETWORK_FS_HZ = 125
BEAT_BEFORE = 75
"""Samples at 125 Hz before the R peak: 0.6 s."""
BEAT_AFTER = 56
"""Samples from the R peak on: 0.448 s."""
BEAT_SAMPLES = BEAT_BEFORE + BEAT_AFTER
BEAT_CHANNELS = 4
BEAT_SEQUENCE = 24
BEAT_FEATURES = (
    "present",
    "log_rr_prev_over_median8",
    "log_rr_prev_over_median32",
    "log_rr_prev_over_dominant_q75",
    "log_rr_prev_over_reference",
    "log_rr_next_over_median32",
    "log_rr_next_over_dominant_q75",
    "log_rr_prev_over_rr_before",
    "rr_prev_s",
    "rr_next_s",
    "rr_rank200",
    "dominant_correlation_lead0",
    "dominant_correlation_lead1",
    "dominant_distance",
    "qrs_width_s",
    "qrs_width_over_dominant",
    "log_amplitude_over_dominant",
    "p_correlation",
    "p_residual",
    "quality",
    "log_rr_prev_over_dominant_q90",
    "log_rr_next_over_dominant_q90",
    "late_p_correlation",
    "late_p_residual",
    "before_residual",
    "own_shape_share",
    "own_shape_correlation",
    "own_shape_prematurity",
)
WINDOW_SAMPLES = 625
WINDOW_LEADS = 2
WINDOW_S = 5
WINDOW_FEATURES = (
    "n_beats_over_10",
    "max_p_v",
    "max_p_s",
    "max_p_f",
    "mean_p_not_n",
    "rr_irregularity",
    "valid_fraction",
    "baseline_error",
)
VENTRICULAR_FEATURES = (
    *ventricular.SIGNAL_FEATURES,
    *RUN_FEATURES,
    *(f"{name}_over_baseline" for name in ventricular.MEASURES),
    "bpm_now_over_baseline",
    "run_width_over_baseline",
    "baseline_s",
)
"""``…_over_baseline``: the mean of both leads minus the patient's baseline (:mod:`wardbeat.ecg.features.baseline`)."""
BASELINE_FROM_S = 30
"""The patient's baseline is known from this many ``baseline_s`` on."""
VENTRICULAR_CLASSES = ("other", "ventricular")
"""Classes of the last seconds: ventricular tachycardia, flutter or fibrillation, and all other rhythms."""
ATRIAL_BEATS, ATRIAL_COLUMNS = atrial_beats.BEATS, atrial_beats.COLUMNS
ATRIAL_FEATURES = atrial_beats.FEATURES
ATRIAL_MEASURES = MEASURES
ATRIAL_CLASSES = ("other", "fibrillation")
ASKED_EVERY_S = {"ventricular": 1, "atrial": 5}
"""Networks that take features, and the seconds of sample time between two requests."""

INPUTS_VERSION = 4
"""Raise it if an input changes its meaning but not its name or shape: the program then refuses older bundles."""
INPUT_SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "beat": {
        "waveform": (BEAT_SAMPLES, BEAT_CHANNELS),
        "context": (BEAT_SEQUENCE, len(BEAT_FEATURES)),
    },
    "window": {
        "signal": (WINDOW_SAMPLES, WINDOW_LEADS),
        "dominant": (WINDOW_SAMPLES, WINDOW_LEADS),
        "log_rr": (WINDOW_SAMPLES, 1),
        "context": (len(WINDOW_FEATURES),),
    },
    "ventricular": {"features": (len(VENTRICULAR_FEATURES),)},
    "atrial": {"features": (ATRIAL_BEATS, ATRIAL_COLUMNS), "measures": (len(ATRIAL_MEASURES),)},
}
"""Inputs by network and name, without the batch axis."""
OUTPUT_SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "beat": {"probabilities": (5,)},
    "window": {
        "p_abnormal": (1,),
        "reconstruction_error": (1,),
        "reconstruction": (WINDOW_SAMPLES, WINDOW_LEADS),
    },
    "ventricular": {"probabilities": (len(VENTRICULAR_CLASSES),)},
    "atrial": {"probabilities": (len(ATRIAL_CLASSES),)},
}
"""Outputs by network and name, without the batch axis."""
