"""From which value on an answer of the networks means something."""

import msgspec


class Thresholds(msgspec.Struct, frozen=True):
    """Where an answer begins to mean something.

    Attributes
    ----------
    anomaly_p_abnormal : float
        A window counts as abnormal from this ``p_abnormal`` on.
    normal_error_q99 : float
        99 % of normal windows of patients not fitted on have a smaller ``reconstruction_error``.
    """

    anomaly_p_abnormal: float
    normal_error_q99: float
