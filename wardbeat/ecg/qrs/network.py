"""The QRS network as it runs in the signal path: step by step over carried state, in one compiled kernel.

A dilated causal convolution network (:func:`models.qrs.build_qrs_network`) over two leads of the filtered signal,
each over its own size. Every ``STEP_SAMPLES`` samples it gives the probability of an R peak ``LOOK_AHEAD``
samples ago. All sums run in one order, so the answer does not depend on how the signal was cut.
"""

import io
import zipfile
from typing import Final

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

LEADS: Final = 2
STEP_SAMPLES: Final = 5
"""A step is 20 ms: an R peak is placed by the signal, the network says only that there is one."""
STEM_SAMPLES: Final = 40
CHANNELS: Final = 16
"""A constant, so that the compiler can keep a row of sums in registers: several times as fast."""
KERNEL: Final = 5
DILATIONS: Final = (1, 2, 4, 8, 16, 32)
"""5 s of signal behind each answer: enough to have seen what this patient's QRS complexes look like."""
LOOK_AHEAD: Final = 60
"""Samples of signal after an R peak that the network has seen when it tells of it: 240 ms, most of the T wave."""
SECOND: Final = 250
SECONDS: Final = 7
"""A lead's size is the median of its RMS over the last seconds: an artefact of up to three of them, however large,
leaves it as it was, and it is found anew in four."""
RMS_FLOOR_MV: Final = 0.05
CLIP: Final = 15.0
DEPTHS: Final = tuple((KERNEL - 1) * dilation + 1 for dilation in DILATIONS)
"""Steps that each later layer remembers of its inputs."""
LAYERS: Final = 1 + len(DILATIONS)
N_TAPS: Final = KERNEL * CHANNELS
"""Inputs of a layer's sum; the first layer has as many, STEM_SAMPLES of each lead."""


class QrsNetwork(msgspec.Struct, frozen=True):
    """Weights, normalisation folded in; all float32.

    Attributes
    ----------
    layers : ndarray, shape (LAYERS, N_TAPS, CHANNELS)
        Inputs by tap, the oldest first, and channel; those of the first layer by sample and lead.
    biases : ndarray, shape (LAYERS, CHANNELS)
    head : ndarray, shape (CHANNELS + 1,)
        Weights and bias of the log odds.
    """

    layers: NDArray[np.float32]
    biases: NDArray[np.float32]
    head: NDArray[np.float32]


FORM: Final = (LEADS, STEP_SAMPLES, STEM_SAMPLES, CHANNELS, KERNEL, DILATIONS, LOOK_AHEAD, SECONDS)
"""What weights are made for: others would fit the arrays and mean something else."""
NEWEST: Final = N_TAPS - LEADS * STEP_SAMPLES
"""Where in the first layer's inputs the newest step begins."""
SUM, SIZE = SECONDS, SECONDS + 1
"""Columns of ``NetworkState.sizes`` behind the last seconds."""
WEIGHT_SHAPES: Final = {
    "layers": (LAYERS, N_TAPS, CHANNELS),
    "biases": (LAYERS, CHANNELS),
    "head": (CHANNELS + 1,),
}


def to_npz(network: QrsNetwork) -> bytes:
    """The weights as an archive of numpy arrays, the same bytes for the same weights."""
    body = io.BytesIO()
    np.savez(body, **msgspec.structs.asdict(network))
    return body.getvalue()


def from_npz(body: bytes) -> QrsNetwork:
    """The weights in an archive.

    Raises
    ------
    ValueError
        If they are not those of this network.
    """
    try:
        arrays = dict(np.load(io.BytesIO(body), allow_pickle=False))
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"no archive of arrays ({error})") from error
    shapes = {name: array.shape for name, array in arrays.items()}
    if shapes != WEIGHT_SHAPES:
        raise ValueError(f"weights of shapes {shapes}, expected {WEIGHT_SHAPES}")
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("weights that are no finite float32")
    return QrsNetwork(**{name: np.ascontiguousarray(array) for name, array in arrays.items()})


class NetworkState(msgspec.Struct):
    """What the network carries from sample to sample."""

    sizes: NDArray[np.float64]
    """Mean squares of the last seconds, sum of squares in this one, mean square that counts; a row a lead."""
    window: NDArray[np.float32]
    """The last ``STEM_SAMPLES`` normalised samples, lead by lead within each; the newest step from ``NEWEST`` on."""
    rings: NDArray[np.float32]
    """Inputs of the later layers over their last steps, one ring below the other, (sum(DEPTHS), CHANNELS)."""


def new_network_state() -> NetworkState:
    """The state at the start of a session."""
    return NetworkState(
        sizes=np.zeros((LEADS, SIZE + 1)),
        window=np.zeros(N_TAPS, dtype=np.float32),
        rings=np.zeros((sum(DEPTHS), CHANNELS), dtype=np.float32),
    )


def probabilities(network: QrsNetwork, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the network says of a session's signal from its start on.

    Parameters
    ----------
    network : QrsNetwork
    signal : ndarray, shape (samples, LEADS)
        Display-filtered mV at 250 Hz.

    Returns
    -------
    ndarray, shape (samples // STEP_SAMPLES,)
    """
    out, state = np.empty(len(signal) // STEP_SAMPLES, np.float32), new_network_state()
    _probabilities(signal, network.layers, network.biases, network.head, state.sizes, state.window, state.rings, out)
    return out


def normalise(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Filtered signal in mV as the network takes it, from the start of a session on, both of shape (samples, LEADS)."""
    out = np.empty_like(signal)
    _normalise(signal, out)
    return out


@njit(cache=True)
def over_size(value, lead, k, sizes):  # type: ignore[no-untyped-def] # numba
    """One sample of a lead over the lead's size, which follows it; ``k`` samples came before."""
    sizes[lead, SUM] += value * value
    if (k + 1) % SECOND == 0:
        sizes[lead, k // SECOND % SECONDS] = sizes[lead, SUM] / SECOND
        sizes[lead, SUM] = 0.0
        known = np.sort(sizes[lead, : min(k // SECOND + 1, SECONDS)])
        sizes[lead, SIZE] = known[known.shape[0] // 2]
    elif k < SECOND:
        sizes[lead, SIZE] = sizes[lead, SUM] / (k + 1)
    scaled = value / max(np.sqrt(sizes[lead, SIZE]), RMS_FLOOR_MV)
    return min(max(scaled, -CLIP), CLIP)


@njit(cache=True)
def probability(step, layers, biases, head, window, rings):  # type: ignore[no-untyped-def] # numba
    """One step: ``window`` has been filled with its samples and makes room for the next; ``rings`` keep what it gave.

    Sums are always made in this order, eight rows of a layer at a time, and in registers.
    """
    taps, total, x = np.empty(N_TAPS, np.float32), np.empty(CHANNELS, np.float32), np.zeros(CHANNELS, np.float32)
    top = 0  # of the layer's ring
    for layer in range(LAYERS):
        if layer == 0:
            for j in range(N_TAPS):
                taps[j] = window[j]
        else:
            depth, newest = DEPTHS[layer - 1], step % DEPTHS[layer - 1]
            for i in range(CHANNELS):
                rings[top + newest, i] = x[i]
            for j in range(KERNEL):
                row = newest - (KERNEL - 1 - j) * DILATIONS[layer - 1]
                row += top if row >= 0 else top + depth
                for i in range(CHANNELS):
                    taps[j * CHANNELS + i] = rings[row, i]
            top += depth
        for o in range(CHANNELS):
            total[o] = biases[layer, o]
        for i in range(0, N_TAPS, 8):
            a, b, c, d = taps[i], taps[i + 1], taps[i + 2], taps[i + 3]
            e, f, g, h = taps[i + 4], taps[i + 5], taps[i + 6], taps[i + 7]
            for o in range(CHANNELS):
                first = (a * layers[layer, i, o] + b * layers[layer, i + 1, o]) + (
                    c * layers[layer, i + 2, o] + d * layers[layer, i + 3, o]
                )
                last = (e * layers[layer, i + 4, o] + f * layers[layer, i + 5, o]) + (
                    g * layers[layer, i + 6, o] + h * layers[layer, i + 7, o]
                )
                total[o] += first + last
        for o in range(CHANNELS):
            x[o] += max(total[o], np.float32(0.0))
    for j in range(N_TAPS - LEADS * STEP_SAMPLES):
        window[j] = window[j + LEADS * STEP_SAMPLES]
    log_odds = head[CHANNELS]
    for j in range(CHANNELS):
        log_odds += x[j] * head[j]
    return np.float32(1.0) / (np.float32(1.0) + np.exp(-log_odds))


@njit(cache=True)
def _normalise(signal, out):  # type: ignore[no-untyped-def] # numba
    sizes = np.zeros((LEADS, SIZE + 1))
    for k in range(signal.shape[0]):
        for lead in range(LEADS):
            out[k, lead] = over_size(np.float64(signal[k, lead]), lead, k, sizes)


@njit(cache=True)
def _probabilities(signal, layers, biases, head, sizes, window, rings, out):  # type: ignore[no-untyped-def] # numba
    for k in range(out.shape[0] * STEP_SAMPLES):
        at = NEWEST + k % STEP_SAMPLES * LEADS
        for lead in range(LEADS):
            window[at + lead] = over_size(np.float64(signal[k, lead]), lead, k, sizes)
        if k % STEP_SAMPLES == STEP_SAMPLES - 1:
            out[k // STEP_SAMPLES] = probability(k // STEP_SAMPLES, layers, biases, head, window, rings)
