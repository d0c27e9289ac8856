"""Networks for tests: each answer depends on every value of its own row, and on no other row."""

import numpy as np
from numpy.typing import NDArray

from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.features.atrial_beats import CHANGE, P_V

Arrays = dict[str, NDArray[np.float32]]


class RowNetworks:
    """Wide beats are V, early ones S, others N; a window is as abnormal as it varies. The QRS network is real."""

    qrs = shipped_qrs()

    def run(self, network: str, inputs: Arrays) -> Arrays:
        if network == "beat":
            return {"probabilities": np.stack([_classify(row) for row in inputs["context"]])}
        if network == "ventricular":
            return {"probabilities": np.stack([_ventricular(row) for row in inputs["features"]])}
        if network == "atrial":
            return {"probabilities": np.stack([_atrial(*row) for row in zip(*inputs.values(), strict=True)])}
        error = np.zeros(len(inputs["signal"]), np.float32)
        for name in ("signal", "dominant", "log_rr"):
            error += np.abs(np.diff(inputs[name], axis=1)).mean(axis=(1, 2), dtype=np.float64).astype(np.float32)
        p = error / (1 + error) * 0.5 + np.tanh(np.abs(inputs["context"]).sum(axis=1)) * 0.3
        return {
            "p_abnormal": p[:, None].astype(np.float32),
            "reconstruction_error": error[:, None],
            "reconstruction": inputs["dominant"] * 0.5,
        }


def _ventricular(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """A low probability of a ventricular rhythm, which depends a little on every feature."""
    p = 0.1 * np.tanh(np.abs(features).sum(dtype=np.float64))
    return np.array([1 - p, p], np.float32)


def _atrial(features: NDArray[np.float32], measures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fibrillation if the last intervals change without a ventricular beat; it depends a little on every value."""
    last = features[-12:]
    dominant = (last[1:, P_V] < 0.5) & (last[:-1, P_V] < 0.5)
    p = 0.9 * np.tanh(2 * np.abs(last[1:, CHANGE][dominant]).sum(dtype=np.float64) / 11)
    p += 0.05 * np.tanh(np.abs(features).sum(dtype=np.float64) + np.abs(measures).sum(dtype=np.float64))
    return np.array([1 - p, p], np.float32)


def _classify(context: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities of the beat in row 22 from its width and earliness."""
    wide = context[22, 15] > 1.3
    early = context[22, 1] < -0.08
    p = np.full(5, 0.02, dtype=np.float32)
    p[2 if wide else 1 if early else 0] = 0.9 + 0.02 * np.tanh(context.sum())
    return p
