"""All networks that Wardbeat fits, by name; each is one module, written for Keras 3 and for no single backend."""

from collections.abc import Callable
from typing import NamedTuple

import keras

from models.atrial import build_atrial_network
from models.beat import build_beat_network
from models.qrs import build_qrs_network
from models.study.cnn import build_cnn
from models.study.cnn_lstm import build_cnn_lstm
from models.study.inception import build_inception
from models.study.lstm import build_lstm
from models.study.picture import build_picture_network
from models.study.resnet import build_resnet
from models.study.time_instant import build_time_instant
from models.window import build_autoencoder


class StudyNetwork(NamedTuple):
    """A network of the study: the function that builds it, its purpose in words, and its source.

    ``build(shapes, n_classes, width=1.0, dropout=0.3)`` takes the shape of each input by name (see
    :class:`training.study.task.Rows`) and gives a network with one output ``logits``.
    """

    build: Callable[..., keras.Model]
    purpose: str
    source: str


class RegisteredNetwork(NamedTuple):
    """The function that builds a network, and its purpose in words."""

    build: Callable[..., keras.Model]
    purpose: str


NETWORKS = {
    "qrs": RegisteredNetwork(build_qrs_network, "finds QRS complexes, together with their energy"),
    "beat": RegisteredNetwork(
        build_beat_network, "classifies a beat: convolutions over its shape, an LSTM over its rhythm"
    ),
    "window": RegisteredNetwork(build_autoencoder, "reconstructs the patient's normal ECG: a large error is abnormal"),
    "atrial": RegisteredNetwork(
        build_atrial_network, "detects atrial fibrillation, by P waves and rhythm of the last 48 beats"
    ),
}
"""In the order of the fit: each takes the outputs of the networks before it."""

STUDY_NETWORKS: dict[str, StudyNetwork] = {
    "cnn": StudyNetwork(
        build_cnn, "plain convolutions over the signal", "Kiranyaz et al. 2016, doi:10.1109/TBME.2015.2468589"
    ),
    "cnn-lstm": StudyNetwork(
        build_cnn_lstm,
        "convolutions over the signal, then an LSTM over their order",
        "Oh et al. 2018, doi:10.1016/j.compbiomed.2018.06.002",
    ),
    "inception": StudyNetwork(
        build_inception,
        "a one-dimensional GoogLeNet: short, middle and long convolutions side by side",
        "Szegedy et al. 2015, doi:10.1109/CVPR.2015.7298594; Ismail Fawaz et al. 2020, doi:10.1007/s10618-020-00710-y",
    ),
    "lstm": StudyNetwork(
        build_lstm,
        "an LSTM over the beats of a sequence, or over stretches of the signal",
        "Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735",
    ),
    "picture-cnn": StudyNetwork(
        build_picture_network,
        "two-dimensional convolutions over the picture of a beat",
        "Jun et al. 2018, arXiv:1804.06812",
    ),
    "resnet": StudyNetwork(
        build_resnet,
        "a small one-dimensional ResNet: residual blocks over the signal",
        "He et al. 2019, arXiv:1812.01187; Strodthoff et al. 2021, doi:10.1109/JBHI.2020.3022989",
    ),
    "time-instant": StudyNetwork(
        build_time_instant,
        "a class for every sample from one second of signal around it",
        "Bai et al. 2018, arXiv:1803.01271",
    ),
}
"""The networks of the study; :mod:`training.study` fits them."""
