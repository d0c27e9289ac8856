"""Thresholds of the outputs of the networks."""

import msgspec


class Thresholds(msgspec.Struct, frozen=True):
    """Thresholds of the outputs of the networks; a bundle stores them.

    Attributes
    ----------
    anomaly_p_abnormal : float
        A window is abnormal from this ``p_abnormal`` on, above 0 and below 1.
    normal_error_q99 : float
        99 % of the normal windows of patients outside the fit have a smaller ``reconstruction_error``.
    """

    anomaly_p_abnormal: float
    normal_error_q99: float
