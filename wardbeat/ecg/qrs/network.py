"""The QRS network as it runs in the signal path: step by step over carried state, in one compiled kernel.

It is a dilated causal convolution network (:func:`models.qrs.build_qrs_network`) over two leads of the filtered signal;
each lead is divided by its own size. Every ``STEP_SAMPLES`` samples it gives the probability of an R peak
``LOOK_AHEAD`` samples ago. All sums run in one order, so the answer does not depend on the lengths of the chunks.
"""

import io
import zipfile
from functools import cached_property
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

LEADS: Final = 2
STEP_SAMPLES: Final = 5
"""A step is 20 ms: the network reports that there is an R peak, the signal gives its exact sample."""
STEM_SAMPLES: Final = 40
CHANNELS: Final = 16
"""A constant, so that the compiler keeps a row of sums in registers: several times as fast."""
KERNEL: Final = 5
DILATIONS: Final = (1, 2, 4, 8, 16, 32)
"""5 s of signal go into each answer: enough to hold several of the patient's QRS complexes."""
LOOK_AHEAD: Final = 60
"""Samples of signal after an R peak that go into the answer about it: 240 ms, most of the T wave."""
SECOND_SAMPLES: Final = 250
SIZE_SECONDS: Final = 7
"""A lead's size is the median of its RMS over this many seconds: an artefact of up to 3 s, however large, does not
change it, and after a lasting change it is right again in 4 s."""
RMS_FLOOR_MV: Final = 0.05
CLIP: Final = 15.0
PROBABILITY_RING: Final = 350
"""Steps of the network's answers that are kept: 5.3 s that the signal quality takes, and up to 1 s of samples that are
filtered before the quality is assessed."""
DEPTHS: Final = tuple((KERNEL - 1) * dilation + 1 for dilation in DILATIONS)
"""Steps of its inputs that each later layer keeps."""
LAYERS: Final = 1 + len(DILATIONS)
N_TAPS: Final = KERNEL * CHANNELS
"""Inputs of a layer's sum; the first layer has as many: ``STEM_SAMPLES`` of each lead."""


class NetworkWeights(NamedTuple):
    """The arrays of a :class:`QrsNetwork` as the kernels take them."""

    layers: NDArray[np.float32]
    biases: NDArray[np.float32]
    head: NDArray[np.float32]


class QrsNetwork(msgspec.Struct, frozen=True, dict=True):
    """Weights of the network with the normalisation folded in; all float32.

    Attributes
    ----------
    layers : ndarray, shape (LAYERS, N_TAPS, CHANNELS)
        By input and output channel. Inputs are ordered by tap, the oldest first, and channel; those of the first layer
        by sample and lead.
    biases : ndarray, shape (LAYERS, CHANNELS)
    head : ndarray, shape (CHANNELS + 1,)
        Weights and bias of the log odds.
    """

    layers: NDArray[np.float32]
    biases: NDArray[np.float32]
    head: NDArray[np.float32]

    @cached_property
    def weights(self) -> NetworkWeights:
        """The arrays as the kernels take them; not copied."""
        return NetworkWeights(self.layers, self.biases, self.head)


ARCHITECTURE: Final = (LEADS, STEP_SAMPLES, STEM_SAMPLES, CHANNELS, KERNEL, DILATIONS, LOOK_AHEAD, SIZE_SECONDS)
"""What the weights are fitted for. Weights for other values could have the same shapes and would give wrong answers."""
NEWEST: Final = N_TAPS - LEADS * STEP_SAMPLES
"""Index in the first layer's inputs at which the newest step begins."""
SUM, SIZE = SIZE_SECONDS, SIZE_SECONDS + 1
"""Columns of ``NetworkState.sizes`` after those of the last seconds."""
WEIGHT_SHAPES: Final = {
    "layers": (LAYERS, N_TAPS, CHANNELS),
    "biases": (LAYERS, CHANNELS),
    "head": (CHANNELS + 1,),
}


def to_npz(network: QrsNetwork) -> bytes:
    """The weights as an archive of numpy arrays; the same weights give the same bytes."""
    body = io.BytesIO()
    np.savez(body, **msgspec.structs.asdict(network))
    return body.getvalue()


def from_npz(body: bytes) -> QrsNetwork:
    """The weights in an archive.

    Raises
    ------
    ValueError
        If the bytes are no archive, or the weights do not fit this network.
    """
    try:
        arrays = dict(np.load(io.BytesIO(body), allow_pickle=False))
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"no archive of arrays ({error})") from error
    shapes = {name: array.shape for name, array in arrays.items()}
    if shapes != WEIGHT_SHAPES:
        raise ValueError(f"weights of shapes {shapes}, expected {WEIGHT_SHAPES}")
    if not all(array.dtype == np.float32 and np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("weights that are not finite float32 numbers")
    return QrsNetwork(**{name: np.ascontiguousarray(array) for name, array in arrays.items()})


class NetworkState(msgspec.Struct):
    """State that the network carries from sample to sample."""

    sizes: NDArray[np.float64]
    """A row a lead: mean square of each of the last ``SIZE_SECONDS`` seconds, sum of squares in this second
    (``SUM``), and the mean square in use (``SIZE``)."""
    window: NDArray[np.float32]
    """The last ``STEM_SAMPLES`` normalised samples, leads side by side; the newest step from ``NEWEST`` on."""
    rings: NDArray[np.float32]
    """Rings of the inputs of the later layers, one below the other, (sum(DEPTHS), CHANNELS)."""


def new_network_state() -> NetworkState:
    """The state at the start of a session."""
    return NetworkState(
        sizes=np.zeros((LEADS, SIZE + 1)),
        window=np.zeros(N_TAPS, dtype=np.float32),
        rings=np.zeros((sum(DEPTHS), CHANNELS), dtype=np.float32),
    )


def probabilities(network: QrsNetwork, signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities of R peaks in a session's signal, from its start on.

    Parameters
    ----------
    network : QrsNetwork
    signal : ndarray, shape (samples, LEADS)
        Display-filtered mV at 250 Hz.

    Returns
    -------
    ndarray, shape (samples // STEP_SAMPLES,)
        0…1; each refers to ``LOOK_AHEAD`` samples before the end of its step.
    """
    out, state = np.empty(len(signal) // STEP_SAMPLES, np.float32), new_network_state()
    _probabilities(signal, network.layers, network.biases, network.head, state.sizes, state.window, state.rings, out)
    return out


def normalise(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """The filtered signal as the network takes it, from the start of a session on.

    Parameters
    ----------
    signal : ndarray, shape (samples, LEADS)
        Display-filtered mV at 250 Hz.

    Returns
    -------
    ndarray, shape (samples, LEADS)
        Multiples of the lead's size, clipped at ±``CLIP``.
    """
    out = np.empty_like(signal)
    _normalise(signal, out)
    return out


@njit(cache=True)
def over_size(value, lead, k, sizes):  # type: ignore[no-untyped-def] # numba
    """Update a lead's size with one sample and return the sample over that size; ``k`` samples came before."""
    sizes[lead, SUM] += value * value
    if (k + 1) % SECOND_SAMPLES == 0:
        sizes[lead, k // SECOND_SAMPLES % SIZE_SECONDS] = sizes[lead, SUM] / SECOND_SAMPLES
        sizes[lead, SUM] = 0.0
        known = np.sort(sizes[lead, : min(k // SECOND_SAMPLES + 1, SIZE_SECONDS)])
        sizes[lead, SIZE] = known[known.shape[0] // 2]
    elif k < SECOND_SAMPLES:
        sizes[lead, SIZE] = sizes[lead, SUM] / (k + 1)
    scaled = value / max(np.sqrt(sizes[lead, SIZE]), RMS_FLOOR_MV)
    return min(max(scaled, -CLIP), CLIP)


@njit(cache=True)
def probability(step, layers, biases, head, window, rings):  # type: ignore[no-untyped-def] # numba
    """The probability after one step.

    ``window`` holds the step's samples and is shifted for the next step; the inputs of the later layers go into
    ``rings``. The sums run in this order only, eight rows of a layer at a time, and stay in registers.
    """
    taps, total, x = np.empty(N_TAPS, np.float32), np.empty(CHANNELS, np.float32), np.zeros(CHANNELS, np.float32)
    top = 0  # first row of the layer's ring
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
