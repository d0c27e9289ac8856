"""The beat classifier: a convolution over the beat's waveform, an LSTM over the rhythm it stands in.

About 45,000 weights. The waveform tells a ventricular beat from a normal one; only the rhythm tells a
supraventricular one, whose QRS is normal, so the LSTM reads the last 23 beats and the one after.
"""

import keras
from keras import layers

from models.inputs import BEAT_CHANNELS, BEAT_FEATURES, BEAT_SAMPLES, BEAT_SEQUENCE
from wardbeat.contracts.messages import SYMBOLS

LSTM_UNITS = 48


def build_beat_network(dropout: float = 0.2) -> keras.Model:
    """A beat classifier with random weights.

    Parameters
    ----------
    dropout : float
        Fraction of the joint features that is left out while fitting.

    Returns
    -------
    keras.Model
        Inputs ``waveform`` and ``context``, output ``probabilities`` (:mod:`models.inputs`).
    """
    waveform = keras.Input((BEAT_SAMPLES, BEAT_CHANNELS), name="waveform")
    context = keras.Input((BEAT_SEQUENCE, len(BEAT_FEATURES)), name="context")

    shape = waveform
    for filters, kernel in ((16, 7), (24, 5), (32, 5)):
        shape = layers.Conv1D(filters, kernel, padding="same", use_bias=False)(shape)
        shape = layers.BatchNormalization(momentum=0.95)(shape)
        shape = layers.ReLU()(shape)
        shape = layers.MaxPooling1D(2)(shape)
    shape = layers.Dense(32, activation="relu")(layers.Flatten()(shape))

    # Without a mask: a row that is not there says so in its feature "present", and the ONNX graph stays plain.
    rhythm = layers.LSTM(LSTM_UNITS)(context)
    # The beat asked for is the last but one row; a short cut to its own features and to the beat's after it.
    newest = layers.Flatten()(layers.Cropping1D((BEAT_SEQUENCE - 2, 0))(context))

    joint = layers.Concatenate()([shape, rhythm, newest])
    joint = layers.Dense(48, activation="relu")(layers.Dropout(dropout)(joint))
    joint = layers.Dropout(dropout)(joint)
    probabilities = layers.Dense(len(SYMBOLS), activation="softmax", name="probabilities")(joint)
    return keras.Model([waveform, context], {"probabilities": probabilities}, name="beat")
